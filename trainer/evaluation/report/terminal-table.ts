import { PROTOCOLS } from '../run/evaluation-plan.ts';
import type { EvaluationResult } from '../run/evaluation-result.ts';
import { arguableText } from './arguable-report.ts';
import { isOfOneClass } from './describe-metric.ts';
import { formatEstimate, metricTitle } from './format-estimate.ts';
import { figureNames, type Series, seriesOf } from './series.ts';

/** Columns between two cells. */
const GAP = 2;

/**
 * Whole results as text: for each protocol a table with a line a figure and a column a method.
 * @param width columns of the terminal
 * @param networks names of the networks where several results are compared
 */
export function terminalReport(
  results: readonly EvaluationResult[],
  width: number,
  networks: readonly string[] = [],
): string {
  const lines = results.flatMap(({ base, plan }, index) => {
    const whose = results.length > 1 ? `${networks[index]}: a` : 'A';
    const arguable = arguableText(base);
    const accuracy = `${whose}ccuracy ${(100 * base.accuracy).toFixed(2)} % on ${base.pictures} test pictures of ${plan.data.name}.`;
    const known = [accuracy, ...(arguable === null ? [] : [arguable])];
    if (base.natural === null) return known;
    const { pictures, accuracy: share, topFive, meanRank } = base.natural;
    return [
      ...known,
      `On ${pictures} natural pictures: accuracy ${(100 * share).toFixed(2)} %, true class among the first five ${(100 * topFive).toFixed(2)} %, mean rank of the true class ${meanRank.toFixed(2)}.`,
    ];
  });
  const series = seriesOf(results, networks);
  for (const protocol of PROTOCOLS) {
    const mine = series.filter(({ experiment }) => experiment.protocol === protocol);
    if (mine.length === 0) continue;
    lines.push('', `${protocol}: ${units(mine)}, means with 95 % intervals`, '');
    lines.push(...tables(mine, width));
  }
  const peak = Math.max(...results.map(({ measured }) => measured.peakMemoryBytes));
  if (series.length > 0) lines.push('', `Peak memory ${(peak / 2 ** 20).toFixed(0)} MiB.`);
  return lines.join('\n');
}

function units(series: readonly Series[]): string {
  const counts = [...new Set(series.map(({ experiment }) => experiment.units))];
  const unit = series[0]!.experiment.protocol === 'sequential' ? 'sequences' : 'edits';
  return `${counts.join(' or ')} ${unit}`;
}

/** As many columns side by side as the terminal has room for, then the others below. */
function tables(series: readonly Series[], width: number): string[] {
  const titles = ['', ...figureNames(series).filter((name) => !isOfOneClass(name))];
  const left = titles.map((name) => (name === '' ? '' : metricTitle(name)));
  left.push('edit latency p50 / p95, ms');
  const columns = series.map((each) => [
    each.name,
    ...titles.slice(1).map((name) => cell(each, name)),
    each.latency ? `${each.latency.p50.toFixed(0)} / ${each.latency.p95.toFixed(0)}` : '-',
  ]);
  const leftWidth = longest(left);
  const blocks: string[][][] = [[]];
  let room = width - leftWidth;
  for (const column of columns) {
    const needed = longest(column) + GAP;
    if (needed > room && blocks.at(-1)!.length > 0) {
      blocks.push([]);
      room = width - leftWidth;
    }
    blocks.at(-1)!.push(column);
    room -= needed;
  }
  return blocks.flatMap((block, index) => [
    ...(index > 0 ? [''] : []),
    ...left.map((title, row) =>
      [title.padEnd(leftWidth), ...block.map((column) => column[row]!.padStart(longest(column)))]
        .join(' '.repeat(GAP))
        .trimEnd(),
    ),
  ]);
}

function cell({ figures }: Series, name: string): string {
  const estimate = figures[name];
  if (!estimate) return '-';
  const { mean, interval } = formatEstimate(name, estimate);
  return `${mean} ${interval}`;
}

function longest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length));
}
