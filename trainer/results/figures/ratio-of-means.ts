import { randomFor } from '../../data/random.ts';
import { CONFIDENCE, type Estimate, RESAMPLES } from '../../evaluation/statistics/bootstrap.ts';
import { mean } from '../../evaluation/statistics/mean.ts';
import { quantileOfSorted } from '../../evaluation/statistics/quantile.ts';

/** The same edits on two networks that differ in one thing. */
export interface PairedValues {
  readonly above: readonly number[];
  readonly below: readonly number[];
}

/**
 * By how much the mean of `above` exceeds that of `below`, as their ratio, with a two-level percentile
 * bootstrap interval (Davison and Hinkley 1997, section 3.8): pairs of networks are drawn with
 * replacement, and within each the edits, the same ones for both. The mean above has to be positive;
 * where the mean below is not, the ratio is infinite.
 * @throws RangeError where a pair is empty or its halves differ in length
 */
export function ratioOfMeans(pairs: readonly PairedValues[], seed: number): Estimate {
  for (const { above, below } of pairs) {
    if (above.length === 0 || above.length !== below.length) {
      throw new RangeError(`A pair has ${above.length} values above and ${below.length} below.`);
    }
  }
  const random = randomFor(seed, 'ratio of means');
  // What remains of the mean above rather than its inverse, which need not be finite.
  const remainders = new Float64Array(RESAMPLES);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    let [above, below] = [0, 0];
    for (let draw = 0; draw < pairs.length; draw++) {
      const pair = pairs[random.integer(pairs.length)]!;
      const count = pair.above.length;
      for (let edit = 0; edit < count; edit++) {
        const drawn = random.integer(count);
        above += pair.above[drawn]! / count;
        below += pair.below[drawn]! / count;
      }
    }
    remainders[resample] = below / above;
  }
  remainders.sort();
  const tail = (1 - CONFIDENCE) / 2;
  const total = (side: keyof PairedValues) =>
    pairs.reduce((sum, pair) => sum + mean(pair[side]), 0);
  return {
    mean: inverse(total('below') / total('above')),
    low: inverse(quantileOfSorted(remainders, 1 - tail)),
    high: inverse(quantileOfSorted(remainders, tail)),
    count: pairs.length,
  };
}

function inverse(remainder: number): number {
  return remainder > 0 ? 1 / remainder : Number.POSITIVE_INFINITY;
}
