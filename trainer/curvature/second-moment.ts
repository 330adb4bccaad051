import type { HostTensor } from '../network/weights.ts';

/**
 * E[h h^T] of features: how much answers change with the weights of the layer that takes them, the input's
 * factor of K-FAC (Martens & Grosse 2015, arXiv 1503.05671, section 3.1).
 * @param features [N,F], of at least one picture
 * @returns [F,F]
 */
export function secondMoment(features: Float32Array, count: number): HostTensor {
  const size = features.length / count;
  const sums = new Float64Array(size * size);
  for (let picture = 0; picture < count; picture++) {
    const row = features.subarray(picture * size, (picture + 1) * size);
    for (let one = 0; one < size; one++) {
      const value = row[one]!;
      if (value === 0) continue;
      const start = one * size;
      for (let other = one; other < size; other++) sums[start + other]! += value * row[other]!;
    }
  }
  const data = new Float32Array(size * size);
  for (let one = 0; one < size; one++) {
    for (let other = one; other < size; other++) {
      const mean = sums[one * size + other]! / count;
      data[one * size + other] = mean;
      data[other * size + one] = mean;
    }
  }
  return { shape: [size, size], data };
}
