import type { HostTensor, Weights } from './weights.ts';

/**
 * The tensors of `to` moved back towards those of `from`, under the same names: from + share * (to - from).
 * A share above 1 goes on beyond `to`.
 */
export function interpolateWeights(from: Weights, to: Weights, share: number): Weights {
  return new Map(
    [...to].map(([name, end]): [string, HostTensor] => {
      const start = from.get(name)!;
      if (start === end) return [name, end];
      return [name, { shape: end.shape, data: between(start.data, end.data, share) }];
    }),
  );
}

function between(start: Float32Array, end: Float32Array, share: number): Float32Array {
  const data = new Float32Array(start.length);
  // A loop, since a callback for each of millions of elements takes ten times as long.
  for (let index = 0; index < data.length; index++) {
    data[index] = start[index]! + share * (end[index]! - start[index]!);
  }
  return data;
}
