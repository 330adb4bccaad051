/** A `.wasm` import, compiled when the worker is deployed. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
