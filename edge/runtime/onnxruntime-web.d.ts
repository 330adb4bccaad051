declare module 'onnxruntime-web/ort-wasm-simd-threaded.mjs' {
  export default function factory(
    options: Record<string, unknown>,
  ): Promise<import('./c-api.ts').OrtModule>;
}
