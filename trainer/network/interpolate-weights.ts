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
      const data = start.data.map((value, index) => value + share * (end.data[index]! - value));
      return [name, { shape: end.shape, data }];
    }),
  );
}
