import type { EditRecord, SequenceRecord } from '../run/unit-record.ts';
import { drawdown } from '../statistics/flips-per-class.ts';
import { histogram } from '../statistics/histogram.ts';
import { element, escapeText } from './markup.ts';
import { curvePlot } from './plot/curve-plot.ts';
import { histogramPlot } from './plot/histogram-plot.ts';
import { marker } from './plot/marker.ts';
import { scatterPlot } from './plot/scatter-plot.ts';
import type { Series } from './series.ts';

const BINS = 20;

/** What edits cost against what they give, a point a method; '' where neighbours were not measured. */
export function costBenefit(series: readonly Series[]): string {
  const points = series.flatMap(({ name, figures }) => {
    const [x, y] = [figures['neighbours.gained'], figures['drawdown.clean']];
    return x && y ? [{ name, x: inPercent(x), y: inPercent(y) }] : [];
  });
  if (points.length === 0) return '';
  const titles = {
    x: 'wrong neighbours put right (%): more is better',
    y: 'drawdown (pp): less is better',
  };
  const description = `Drawdown against neighbour success of ${points.map(({ name }) => name).join(', ')}`;
  const scatter = figure('Cost and benefit', scatterPlot(points, titles, description));
  return element('div', { class: 'plots' }, scatter);
}

/** How the drawdown of single edits spreads, a plot a method. */
export function drawdownDistribution(series: readonly Series[]): string {
  const values = series.map(({ records }) =>
    editRecords(records).flatMap(({ controls: { clean } }) =>
      clean && clean.pictures > 0 ? [100 * drawdown(clean)] : [],
    ),
  );
  return histograms(series, values, 'drawdown of one edit (pp)', 'Drawdown of single edits', BINS);
}

/** How many steps edits took, a plot a method. */
export function stepsHistogram(series: readonly Series[]): string {
  const values = series.map(({ records }) => editRecords(records).map(({ steps }) => steps));
  const most = values.flat().reduce((a, b) => Math.max(a, b), 0);
  // A bin a step, around it.
  const edges = Array.from({ length: most + 2 }, (_, step) => step - 0.5);
  const histogramOf = (steps: readonly number[]) => ({
    edges,
    counts: edges.slice(1).map((edge) => steps.filter((each) => each === edge - 0.5).length),
  });
  return panels(series, values.map(histogramOf), 'steps of one edit', 'Steps of single edits');
}

/** Drawdown and retention as edits pile up, a line a method. */
export function sequentialCurves(series: readonly Series[]): string {
  const marksOf = ({ figures }: Series, kind: string) =>
    Object.entries(figures)
      .filter(([name]) => name.startsWith(`${kind}@`))
      .map(([name, estimate]) => ({ x: Number(name.split('@')[1]), y: inPercent(estimate) }));
  const drawdowns = series.map((each, index) => ({
    index,
    line: meanAlong(each),
    marks: marksOf(each, 'drawdown'),
  }));
  const atMarks = (kind: string) =>
    series.map((each, index) => {
      const marks = marksOf(each, kind);
      return { index, line: marks.map(({ x, y }) => ({ x, y: y.mean })), marks };
    });
  const x = 'edits made';
  return [
    legend(series),
    element(
      'div',
      { class: 'plots' },
      figure(
        'Drawdown on the way',
        curvePlot(drawdowns, { x, y: 'drawdown (pp)' }, 'Drawdown after each edit'),
      ),
      figure(
        'Earlier edits that still hold',
        curvePlot(atMarks('retention'), { x, y: 'edits that hold (%)' }, 'Retention at the marks'),
      ),
      figure(
        'Weight drift',
        curvePlot(atMarks('drift'), { x, y: 'change of the weights (%)' }, 'Drift at the marks'),
      ),
    ),
  ].join('');
}

/** @param content markup */
export function figure(caption: string, content: string): string {
  return element('figure', {}, element('figcaption', {}, escapeText(caption)), content);
}

function histograms(
  series: readonly Series[],
  values: readonly (readonly number[])[],
  xTitle: string,
  title: string,
  bins: number,
): string {
  const all = values.flat();
  if (all.length === 0) return '';
  const { edges } = histogram(all, bins);
  const last = edges.length - 2;
  const counted = values.map((mine) => {
    const counts = new Array<number>(last + 1).fill(0);
    for (const value of mine) {
      const bin = Math.min(last, Math.floor((value - edges[0]!) / (edges[1]! - edges[0]!) + 1e-12));
      counts[bin] = counts[bin]! + 1;
    }
    return { edges, counts };
  });
  return panels(series, counted, xTitle, title);
}

function panels(
  series: readonly Series[],
  counted: readonly { edges: readonly number[]; counts: readonly number[] }[],
  xTitle: string,
  title: string,
): string {
  const most = counted.flatMap(({ counts }) => counts).reduce((a, b) => Math.max(a, b), 0);
  if (most === 0) return '';
  const plots = series.map(({ name }, index) =>
    figure(
      name,
      histogramPlot({
        histogram: counted[index]!,
        xTitle,
        yTitle: 'edits',
        most,
        index,
        description: `${title}: ${name}`,
      }),
    ),
  );
  return element('h3', {}, escapeText(title)) + element('div', { class: 'plots' }, ...plots);
}

function legend(series: readonly Series[]): string {
  const entries = series.map(({ name }, index) =>
    element(
      'li',
      {},
      element('svg', { width: 14, height: 14, viewBox: '0 0 14 14' }, marker(index, 7, 7)),
      escapeText(name),
    ),
  );
  return element('ul', { class: 'legend' }, ...entries);
}

/** The mean drawdown of all sequences after each edit, in points. */
function meanAlong({ records }: Series): { x: number; y: number }[] {
  const sequences = records.filter(
    (record): record is SequenceRecord => record.kind === 'sequence',
  );
  const length = Math.min(...sequences.map(({ edits }) => edits.length));
  return Array.from({ length: sequences.length > 0 ? length : 0 }, (_, edit) => {
    const total = sequences.reduce((sum, { edits }) => sum + edits[edit]!.drawdown, 0);
    return { x: edit + 1, y: (100 * total) / sequences.length };
  });
}

function editRecords(records: Series['records']): EditRecord[] {
  return records.filter((record): record is EditRecord => record.kind === 'edit');
}

function inPercent<T extends { mean: number; low: number; high: number }>(estimate: T): T {
  const { mean, low, high } = estimate;
  return { ...estimate, mean: 100 * mean, low: 100 * low, high: 100 * high };
}
