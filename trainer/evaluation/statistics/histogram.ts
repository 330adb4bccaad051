/** Counts of values in bins of one width. */
export interface Histogram {
  /** The bins' edges, ascending, one more than there are bins. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/**
 * Counts values in `bins` bins between the smallest and the largest. A bin holds its lower edge; the last
 * one holds its upper edge too. Values that are all the same get one bin around them.
 * @param values at least one
 */
export function histogram(values: readonly number[], bins: number): Histogram {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (low === high) return { edges: [low - 0.5, high + 0.5], counts: [values.length] };
  // Not by the width of a bin, which rounds to 0 where the values lie close enough.
  const range = high - low;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.floor(bins * ((value - low) / range)));
    counts[bin] = counts[bin]! + 1;
  }
  const edges = Array.from({ length: bins + 1 }, (_, edge) => low + (edge * range) / bins);
  return { edges, counts };
}
