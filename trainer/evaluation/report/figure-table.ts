import { isOfOneClass } from './describe-metric.ts';
import { formatEstimate, metricTitle } from './format-estimate.ts';
import { element, escapeText } from './markup.ts';
import { figureNames, type Series } from './series.ts';

/** A table with a line a figure and a column a series, each mean above its interval. */
export function figureTable(series: readonly Series[]): string {
  const names = figureNames(series).filter((name) => !isOfOneClass(name));
  const lines = names.map((name) => [
    metricTitle(name),
    ...series.map((each) => estimateCell(each, name)),
  ]);
  return table(['', ...series.map(({ name }) => escapeText(name))], lines);
}

/** What edits break and mend in each class, in pictures an edit; '' where nothing was counted. */
export function classTable(
  series: readonly Series[],
  labelNames: readonly string[],
  control: string,
): string {
  const columns = series.flatMap((each) =>
    (['negativeFlips', 'positiveFlips'] as const).map((kind) => ({ each, kind })),
  );
  const has = columns.some(({ each, kind }) => `${kind}.${control}` in each.figures);
  if (!has) return '';
  const lines = labelNames.map((label) => [
    escapeText(label),
    ...columns.map(({ each, kind }) => estimateCell(each, `${kind}.${control}.${label}`)),
  ]);
  const heads = columns.map(({ each, kind }) => {
    const what = kind === 'negativeFlips' ? 'broken' : 'mended';
    return series.length === 1 ? what : `${escapeText(each.name)}, ${what}`;
  });
  return table(['class', ...heads], lines);
}

/** @param head and @param lines markup; the first cell of each line names it */
export function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], first: string, other: string) =>
    element(
      'tr',
      {},
      ...cells.map((cell, index) => element(index === 0 ? first : other, {}, cell)),
    );
  return element(
    'div',
    { class: 'scroll' },
    element(
      'table',
      {},
      element('thead', {}, row(head, 'th', 'th')),
      element('tbody', {}, ...lines.map((cells) => row(cells, 'th', 'td'))),
    ),
  );
}

function estimateCell({ figures }: Series, name: string): string {
  const estimate = figures[name];
  if (!estimate) return '–';
  const { mean, interval } = formatEstimate(name, estimate);
  return `${escapeText(mean)}${element('span', {}, escapeText(interval))}`;
}
