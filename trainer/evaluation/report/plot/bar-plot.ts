import { element, escapeText } from '../markup.ts';
import { drawing } from './drawing.ts';
import { label, line } from './frame.ts';
import { seriesClass } from './marker.ts';
import { linearScale } from './scale.ts';

export interface BarRow {
  readonly name: string;
  /** One for each series; null draws none. */
  readonly values: readonly (number | null)[];
}

export interface BarPlot {
  readonly rows: readonly BarRow[];
  /** Names of the series; a legend is drawn where there are several. */
  readonly series: readonly string[];
  /** With its unit. */
  readonly xTitle: string;
  /** What the axis reaches at least. */
  readonly most?: number;
  readonly format: (value: number) => string;
  readonly description: string;
  readonly width?: number;
}

const BAR = 11;
const ROW_GAP = 9;
const CHARACTER = 6.6;

/** Horizontal bars, a group a row and a bar a series, with their values behind them. */
export function barPlot(spec: BarPlot): string {
  const { rows, series, xTitle, format, description, width = 480 } = spec;
  const longest = Math.max(...rows.map(({ name }) => name.length));
  const [left, right] = [Math.min(width / 2, 16 + longest * CHARACTER), width - 58];
  const legend = series.length > 1 ? 24 : 0;
  const rowHeight = BAR * series.length + ROW_GAP;
  const top = legend + 6;
  const bottom = top + rows.length * rowHeight;
  const values = rows.flatMap((row) => row.values.filter((value) => value !== null));
  const x = linearScale([0, spec.most ?? 0, ...values], [left, right], 5);
  const marks = [
    ...x.ticks.map((tick) => line('grid', [x.at(tick), top], [x.at(tick), bottom])),
    ...x.ticks.map((tick) => label(x.format(tick), x.at(tick), bottom + 17, 'middle')),
    line('axis', [x.at(0), top], [x.at(0), bottom]),
    label(xTitle, (left + right) / 2, bottom + 37, 'middle', 'title'),
  ];
  const bars = rows.flatMap(({ name, values: own }, row) => {
    const start = top + row * rowHeight + ROW_GAP / 2;
    const middle = start + (BAR * series.length) / 2 + 4;
    return [
      label(name, left - 8, middle, 'end', 'name'),
      ...own.flatMap((value, index) => {
        if (value === null) return [];
        const [from, to] = [x.at(Math.min(0, value)), x.at(Math.max(0, value))];
        const y = start + index * BAR;
        const kind = `bar ${seriesClass(index)}`;
        const text = label(format(value), to + 5, y + BAR - 2, 'start');
        const bar = { class: kind, x: from, y, width: Math.max(1, to - from), height: BAR - 2 };
        return [element('rect', bar), text];
      }),
    ];
  });
  const legends = series.length > 1 ? drawLegend(series, left) : [];
  const height = bottom + 46;
  return drawing({ width, height, description }, ...legends, ...marks, ...bars);
}

function drawLegend(series: readonly string[], left: number): string[] {
  let at = left;
  return series.flatMap((name, index) => {
    const x = at;
    at += 34 + name.length * CHARACTER;
    return [
      element('rect', { class: `bar ${seriesClass(index)}`, x, y: 4, width: 10, height: 10 }),
      element('text', { class: 'name', x: x + 15, y: 13 }, escapeText(name)),
    ];
  });
}
