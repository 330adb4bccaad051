/**
 * The quantile of a sample by linear interpolation between its order statistics (Hyndman and Fan 1996,
 * definition 7).
 * @param values in any order, at least one
 * @param share between 0, the smallest, and 1, the largest
 */
export function quantile(values: ArrayLike<number>, share: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), share);
}

/** `quantile` of values that ascend. */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}
