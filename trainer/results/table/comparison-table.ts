import { type Estimate, estimate } from '../../evaluation/statistics/bootstrap.ts';
import { mean } from '../../evaluation/statistics/mean.ts';
import type { Figures } from '../figures/figures.ts';
import { type NetworkPair, networkPairs, paperFigures } from '../figures/network-pair.ts';
import { type PairedValues, ratioOfMeans } from '../figures/ratio-of-means.ts';
import { pairSeeds } from '../figures/training-seeds.ts';
import { SEED } from './line.ts';
import { markdownTable } from './markdown-table.ts';

/**
 * Ordinary training against Editable Training under the paper's protocol: a line a seed, and the means
 * with 95 % intervals over the seeds where there are several. Both networks of a seed were edited alike.
 * @throws RangeError where a seed lacks one of its two networks
 */
export function comparisonTable(figures: Figures): string {
  const pairs = networkPairs(figures);
  const rows = pairs.map((pair) => [
    pairSeeds(pair),
    percent(pair.ordinary.error),
    percent(pair.editable.error),
    percent(pair.editable.error - pair.ordinary.error),
    ...(['ordinary', 'editable'] as const).map((which) =>
      interval(paperFigures(pair[which]).figures['drawdown.clean']!, 100),
    ),
    timesSmaller([values(pair)]),
    ...(['ordinary', 'editable'] as const).flatMap((which) => [
      percent(paperFigures(pair[which]).figures.success!.mean, 1),
      paperFigures(pair[which]).figures.steps!.mean.toFixed(2),
    ]),
  ]);
  return markdownTable(
    [
      'seed',
      'error, ordinary, %',
      'error, editable, %',
      'difference, pp',
      'drawdown, ordinary, pp',
      'drawdown, editable, pp',
      'times smaller',
      'success, ordinary, %',
      'steps',
      'success, editable, %',
      'steps',
    ],
    pairs.length > 1 ? [...rows, meansOf(pairs)] : rows,
  );
}

function meansOf(pairs: readonly NetworkPair[]): string[] {
  const over = (value: (pair: NetworkPair) => number, digits = 2) =>
    interval(estimate(pairs.map(value), SEED)!, 100, digits);
  const steps = (which: 'ordinary' | 'editable') =>
    interval(
      estimate(
        pairs.map((pair) => paperFigures(pair[which]).figures.steps!.mean),
        SEED,
      )!,
      1,
    );
  const drawdown = (which: 'ordinary' | 'editable') =>
    over((pair) => paperFigures(pair[which]).figures['drawdown.clean']!.mean);
  const success = (which: 'ordinary' | 'editable') =>
    over((pair) => paperFigures(pair[which]).figures.success!.mean, 1);
  return [
    'mean',
    over(({ ordinary }) => ordinary.error),
    over(({ editable }) => editable.error),
    over(({ ordinary, editable }) => editable.error - ordinary.error),
    drawdown('ordinary'),
    drawdown('editable'),
    timesSmaller(pairs.map(values)),
    success('ordinary'),
    steps('ordinary'),
    success('editable'),
    steps('editable'),
  ];
}

function values({ ordinary, editable }: NetworkPair): PairedValues {
  return { above: paperFigures(ordinary).drawdowns, below: paperFigures(editable).drawdowns };
}

function interval({ mean, low, high }: Estimate, factor: number, digits = 2): string {
  const [a, b, c] = [mean, low, high].map((value) => (factor * value).toFixed(digits));
  return `${a} [${b}, ${c}]`;
}

function percent(share: number, digits = 2): string {
  return (100 * share).toFixed(digits);
}

/** A ratio says nothing where edits mend more than they break. */
function timesSmaller(pairs: readonly PairedValues[]): string {
  const mended = pairs.some(({ above, below }) => mean(above) <= 0 || mean(below) < 0);
  if (mended) return '–';
  const ratio = ratioOfMeans(pairs, SEED);
  const [a, b, c] = [ratio.mean, ratio.low, ratio.high].map((value) =>
    Number.isFinite(value) ? value.toFixed(1) : '∞',
  );
  return `${a} [${b}, ${c}]`;
}
