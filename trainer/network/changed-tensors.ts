import type { Weights } from './weights.ts';

/** The tensors of `after` that are not the same, bit for bit, in `before`. */
export function changedTensors(before: Weights, after: Weights): Weights {
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) =>
    Buffer.from(buffer, byteOffset, byteLength);
  return new Map(
    [...after].filter(([name, { data }]) => {
      const old = before.get(name)!.data;
      return old !== data && !bytes(old).equals(bytes(data));
    }),
  );
}
