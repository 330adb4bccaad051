/** The element types of the safetensors format that are read and written, with their bytes. */
export const DTYPE_BYTES = { I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, U8: 1 } as const;

export type Dtype = keyof typeof DTYPE_BYTES;

/** A tensor as stored, row-major; `data` of F16 and BF16 are the raw bits. */
export type SafeTensor =
  | { readonly dtype: 'F32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'F16'; readonly shape: readonly number[]; readonly data: Uint16Array }
  | { readonly dtype: 'BF16'; readonly shape: readonly number[]; readonly data: Uint16Array }
  | { readonly dtype: 'I64'; readonly shape: readonly number[]; readonly data: BigInt64Array }
  | { readonly dtype: 'I32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: 'U8'; readonly shape: readonly number[]; readonly data: Uint8Array };

export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A tensor over bytes of its own. @param bytes exactly those of the elements, little-endian */
export function tensorOf(dtype: Dtype, shape: readonly number[], bytes: Uint8Array): SafeTensor {
  const { buffer } = new Uint8Array(bytes);
  switch (dtype) {
    case 'F32':
      return { dtype, shape, data: new Float32Array(buffer) };
    case 'F16':
    case 'BF16':
      return { dtype, shape, data: new Uint16Array(buffer) };
    case 'I64':
      return { dtype, shape, data: new BigInt64Array(buffer) };
    case 'I32':
      return { dtype, shape, data: new Int32Array(buffer) };
    case 'U8':
      return { dtype, shape, data: new Uint8Array(buffer) };
  }
}
