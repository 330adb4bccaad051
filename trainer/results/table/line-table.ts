import { formatEstimate, metricTitle } from '../../evaluation/report/format-estimate.ts';
import type { Estimate } from '../../evaluation/statistics/bootstrap.ts';
import type { Line } from './line.ts';
import type { LineKind } from './line-kind.ts';
import { markdownTable } from './markdown-table.ts';

/**
 * Lines as a table. A figure that no line has gets no column.
 */
export function lineTable(
  { heads, units = 'edits', metrics }: Pick<LineKind, 'heads' | 'units' | 'metrics'>,
  lines: readonly Line[],
): string {
  if (lines.length === 0) throw new RangeError('No evaluation has figures of this kind.');
  const shown = metrics.filter((name) => lines.some(({ figures }) => name in figures));
  return markdownTable(
    [...heads, units, ...shown.map(title)],
    lines.map((line) => [
      ...line.heads,
      line.units,
      ...shown.map((name) => {
        const found = line.figures[name];
        return found ? cell(name, found) : '';
      }),
    ]),
  );
}

function title(name: string): string {
  return name === 'error' ? 'error, %' : metricTitle(name);
}

function cell(name: string, estimate: Estimate): string {
  if (name === 'error') return errorText(estimate);
  const { mean, interval } = formatEstimate(name, estimate);
  return `${mean} ${interval}`;
}

/** Per cent; the error of a single network has no interval. */
function errorText({ mean, low, high, count }: Estimate): string {
  const [a, b, c] = [mean, low, high].map((value) => (100 * value).toFixed(2));
  return count === 1 ? a! : `${a} [${b}, ${c}]`;
}
