import { randomFor } from '../../data/random.ts';
import { mean } from './mean.ts';
import { quantileOfSorted } from './quantile.ts';

/** How often a sample is drawn anew, and the share of the means so found that an interval holds. */
export const RESAMPLES = 2000;
export const CONFIDENCE = 0.95;

/** A mean with its bootstrap interval. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** How many values it is the mean of. */
  readonly count: number;
}

/**
 * The mean of independent values with its percentile bootstrap interval (Efron 1979): the values are drawn
 * with replacement `RESAMPLES` times, and the interval cuts equal tails off the means. Samples of one size
 * share their draws under one seed, so that no difference between two of them comes from the generator.
 * @returns null where there are no values
 */
export function estimate(values: readonly number[], seed: number): Estimate | null {
  const count = values.length;
  if (count === 0) return null;
  const first = values[0]!;
  if (values.every((value) => value === first)) {
    return { mean: first, low: first, high: first, count };
  }
  const random = randomFor(seed, 'bootstrap', count);
  const means = new Float64Array(RESAMPLES);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    let total = 0;
    for (let draw = 0; draw < count; draw++) total += values[random.integer(count)]!;
    means[resample] = total / count;
  }
  means.sort();
  const tail = (1 - CONFIDENCE) / 2;
  return {
    mean: mean(values),
    low: quantileOfSorted(means, tail),
    high: quantileOfSorted(means, 1 - tail),
    count,
  };
}
