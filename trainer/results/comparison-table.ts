import { type Estimate, estimate } from '../evaluation/statistics/bootstrap.ts';
import type { ExperimentFigures, Figures, NetworkFigures } from './figures-file.ts';
import { markdownTable } from './markdown-table.ts';
import { type PairedValues, ratioOfMeans } from './ratio-of-means.ts';

/** Draws the resamples of intervals over seeds. */
const SEED = 1;

interface Pair {
  readonly seed: number;
  readonly ordinary: NetworkFigures;
  readonly editable: NetworkFigures;
}

/**
 * Ordinary training against Editable Training under the paper's protocol: a line a seed, and the means
 * with 95 % intervals over the seeds where there are several. Both networks of a seed were edited alike.
 * @throws RangeError where a seed lacks one of its two networks
 */
export function comparisonTable({ networks }: Figures): string {
  const seeds = [...new Set(networks.map(({ seed }) => seed))].sort((a, b) => a - b);
  const pairs = seeds.map((seed): Pair => {
    const [ordinary, editable] = ['ordinary', 'editable'].map((name) => {
      const found = networks.find((each) => each.seed === seed && each.network === name);
      if (found) return found;
      throw new RangeError(`There is no ${name} network of seed ${seed}.`);
    });
    return { seed, ordinary: ordinary!, editable: editable! };
  });
  const rows = pairs.map((pair) => [
    String(pair.seed),
    percent(pair.ordinary.error),
    percent(pair.editable.error),
    percent(pair.editable.error - pair.ordinary.error),
    ...(['ordinary', 'editable'] as const).map((which) => figure(pair[which], 'drawdown.clean')),
    timesText(ratioOfMeans([values(pair)], SEED)),
    ...(['ordinary', 'editable'] as const).flatMap((which) => [
      percent(paper(pair[which]).figures.success!.mean, 1),
      paper(pair[which]).figures.steps!.mean.toFixed(2),
    ]),
  ]);
  return markdownTable(
    [
      'seed',
      'error, ordinary',
      'error, editable',
      'difference, pp',
      'drawdown, ordinary, pp',
      'drawdown, editable, pp',
      'times smaller',
      'success, ordinary',
      'steps',
      'success, editable',
      'steps',
    ],
    pairs.length > 1 ? [...rows, meansOf(pairs)] : rows,
  );
}

function meansOf(pairs: readonly Pair[]): string[] {
  const over = (value: (pair: Pair) => number, digits = 2) =>
    interval(estimate(pairs.map(value), SEED)!, 100, digits);
  const steps = (which: 'ordinary' | 'editable') =>
    interval(
      estimate(
        pairs.map((pair) => paper(pair[which]).figures.steps!.mean),
        SEED,
      )!,
      1,
    );
  const drawdown = (which: 'ordinary' | 'editable') =>
    over((pair) => paper(pair[which]).figures['drawdown.clean']!.mean);
  const success = (which: 'ordinary' | 'editable') =>
    over((pair) => paper(pair[which]).figures.success!.mean, 1);
  return [
    'mean',
    over(({ ordinary }) => ordinary.error),
    over(({ editable }) => editable.error),
    over(({ ordinary, editable }) => editable.error - ordinary.error),
    drawdown('ordinary'),
    drawdown('editable'),
    timesText(ratioOfMeans(pairs.map(values), SEED)),
    success('ordinary'),
    steps('ordinary'),
    success('editable'),
    steps('editable'),
  ];
}

function values({ ordinary, editable }: Pair): PairedValues {
  return { above: paper(ordinary).drawdowns, below: paper(editable).drawdowns };
}

function paper({ network, seed, experiments }: NetworkFigures): ExperimentFigures {
  const found = experiments.find(({ protocol }) => protocol === 'paper');
  if (found) return found;
  throw new RangeError(`The ${network} network of seed ${seed} was not edited as in the paper.`);
}

function figure(network: NetworkFigures, name: string): string {
  return interval(paper(network).figures[name]!, 100);
}

function interval({ mean, low, high }: Estimate, factor: number, digits = 2): string {
  const [a, b, c] = [mean, low, high].map((value) => (factor * value).toFixed(digits));
  return `${a} [${b}, ${c}]`;
}

function percent(share: number, digits = 2): string {
  return (100 * share).toFixed(digits);
}

function timesText({ mean, low, high }: Estimate): string {
  const [a, b, c] = [mean, low, high].map((value) =>
    Number.isFinite(value) ? value.toFixed(1) : '∞',
  );
  return `${a} [${b}, ${c}]`;
}
