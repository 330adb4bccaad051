import { describeMetric } from '../../evaluation/report/describe-metric.ts';
import { metricTitle } from '../../evaluation/report/format-estimate.ts';
import { curvePlot } from '../../evaluation/report/plot/curve-plot.ts';
import { intervalPlot } from '../../evaluation/report/plot/interval-plot.ts';
import { scatterPlot } from '../../evaluation/report/plot/scatter-plot.ts';
import type { Estimate } from '../../evaluation/statistics/bootstrap.ts';
import type { Line } from '../table/line.ts';
import { type Plot, plotImage } from './image.ts';

/**
 * One figure of lines with its intervals: a row for what follows the first head, and a series for each
 * first head, which is the network's name.
 * @param metric a figure's name
 */
export function linesPlot(lines: readonly Line[], metric: string, title: string): Plot {
  const shown = lines.filter(({ figures }) => metric in figures);
  const rowOf = ({ heads }: Line) => plain(heads.slice(1).join(', '));
  const series = [...new Set(shown.map(({ heads }) => heads[0]!))];
  const rows = [...new Set(shown.map(rowOf))].map((name) => ({
    name,
    values: series.map((network) => {
      const line = shown.find((each) => rowOf(each) === name && each.heads[0] === network);
      return line ? inUnit(metric, line.figures[metric]!) : null;
    }),
  }));
  if (rows.length === 0) throw new RangeError(`No evaluation has the figure ${metric}.`);
  const description = `${title}: ${metricTitle(metric)}, of ${series.join(' and ')}`;
  const format = (value: number) => value.toFixed(2);
  const plot = intervalPlot({ rows, series, xTitle: axisTitle(metric), format, description });
  return plotImage(plot, title, series, description);
}

/** A point a line: what it costs against what it gives. */
export function tradeOffPlot(
  lines: readonly Line[],
  { x, y }: { readonly x: string; readonly y: string },
  nameOf: (line: Line) => string,
  title: string,
): Plot {
  const points = lines.flatMap((line) => {
    const [right, up] = [line.figures[x], line.figures[y]];
    return right && up
      ? [{ name: plain(nameOf(line)), x: inUnit(x, right), y: inUnit(y, up) }]
      : [];
  });
  if (points.length === 0) throw new RangeError(`No evaluation has the figures ${x} and ${y}.`);
  const description = `${title}: ${axisTitle(y)} against ${axisTitle(x)}`;
  // Errors differ little; what there is to give up and to gain is between them.
  const left = x === 'error' ? null : 0;
  const plot = scatterPlot(points, { x: axisTitle(x), y: axisTitle(y) }, description, left);
  return plotImage(plot, title, [], description);
}

/** A figure as edits pile up, a curve a line. */
export function sequencePlot(lines: readonly Line[], title: string): Plot {
  const series = lines.map(({ heads }) => plain(heads.join(', ')));
  const curves = lines.map(({ figures }, index) => {
    const marks = Object.entries(figures)
      .filter(([name]) => name.startsWith('drawdown@'))
      .map(([name, value]) => ({ x: Number(name.split('@')[1]), y: inUnit(name, value) }))
      .sort((a, b) => a.x - b.x);
    return { index, line: marks.map(({ x, y }) => ({ x, y: y.mean })), marks };
  });
  const description = `${title}: drawdown of ${series.join(' and ')}`;
  const plot = curvePlot(curves, { x: 'edits made', y: 'drawdown (pp)' }, description);
  return plotImage(plot, title, series, description);
}

function axisTitle(metric: string): string {
  if (metric === 'error') return 'error before any edit (%)';
  const { label, unit } = describeMetric(metric);
  return unit === '' ? label : `${label} (${unit})`;
}

function inUnit(metric: string, estimate: Estimate): Estimate {
  const factor = metric === 'error' ? 100 : describeMetric(metric).factor;
  const { mean, low, high, count } = estimate;
  return { mean: factor * mean, low: factor * low, high: factor * high, count };
}

/** Heads without the marks of Markdown. */
function plain(text: string): string {
  return text.replaceAll('`', '');
}
