import { intervalPlot } from '../../evaluation/report/plot/interval-plot.ts';
import { type Estimate, estimate } from '../../evaluation/statistics/bootstrap.ts';
import type { Figures, NetworkFigures } from '../figures/figures.ts';
import { networkPairs, paperFigures } from '../figures/network-pair.ts';
import { pairSeeds } from '../figures/training-seeds.ts';
import { SEED } from '../table/line.ts';
import { type Plot, plotImage } from './image.ts';

/** Drawdown of ordinary and of Editable Training by seed, and over the seeds where there are several. */
export function comparisonPlot(figures: Figures): Plot {
  const pairs = networkPairs(figures);
  const drawdown = (network: NetworkFigures) => paperFigures(network).figures['drawdown.clean']!;
  const rows = pairs.map((pair) => ({
    name: `seed ${pairSeeds(pair)}`,
    values: [pair.ordinary, pair.editable].map((network) => inPoints(drawdown(network))),
  }));
  const means = (['ordinary', 'editable'] as const).map((which) =>
    inPoints(
      estimate(
        pairs.map((pair) => drawdown(pair[which]).mean),
        SEED,
      )!,
    ),
  );
  const title = 'Damage of one edit, paper protocol';
  const description = `${title}: drawdown of networks trained ordinarily and to be edited, by seed`;
  const series = ['ordinary training', 'Editable Training'];
  const plot = intervalPlot({
    rows: pairs.length > 1 ? [...rows, { name: 'mean', values: means }] : rows,
    series,
    xTitle: 'drawdown (pp): less is better',
    format: (value) => value.toFixed(2),
    description,
  });
  return plotImage(plot, title, series, description);
}

function inPoints({ mean, low, high, count }: Estimate): Estimate {
  return { mean: 100 * mean, low: 100 * low, high: 100 * high, count };
}
