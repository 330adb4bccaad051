import type { Estimate } from '../../statistics/bootstrap.ts';
import { drawing } from './drawing.ts';
import { label, line } from './frame.ts';
import { intervalBar, marker } from './marker.ts';
import { linearScale } from './scale.ts';

export interface IntervalRow {
  readonly name: string;
  /** One for each series; null draws none. */
  readonly values: readonly (Estimate | null)[];
}

export interface IntervalPlot {
  readonly rows: readonly IntervalRow[];
  /** Names of the series. */
  readonly series: readonly string[];
  /** With its unit. */
  readonly xTitle: string;
  readonly format: (value: number) => string;
  readonly description: string;
}

const WIDTH = 720;
const LANE = 17;
const ROW_GAP = 12;
const CHARACTER = 7;

/** Means with their intervals over a common axis, a group a row and a point a series, with its value beside it. */
export function intervalPlot(spec: IntervalPlot): string {
  const { rows, series, xTitle, format, description } = spec;
  const longest = Math.max(...rows.map(({ name }) => name.length));
  const [left, right] = [Math.min(WIDTH / 2, 20 + longest * CHARACTER), WIDTH - 64];
  const rowHeight = LANE * series.length + ROW_GAP;
  const top = 8;
  const bottom = top + rows.length * rowHeight;
  const ends = rows.flatMap(({ values }) =>
    values.flatMap((value) => (value ? [value.low, value.high] : [])),
  );
  const x = linearScale([0, ...ends], [left, right], 6);
  const axes = [
    ...x.ticks.map((tick) => line('grid', [x.at(tick), top], [x.at(tick), bottom])),
    ...x.ticks.map((tick) => label(x.format(tick), x.at(tick), bottom + 18, 'middle')),
    line('axis', [x.at(0), top], [x.at(0), bottom]),
    label(xTitle, (left + right) / 2, bottom + 39, 'middle', 'title'),
  ];
  const marks = rows.flatMap(({ name, values }, row) => {
    const start = top + row * rowHeight + ROW_GAP / 2;
    const middle = start + (LANE * series.length) / 2 + 4;
    return [
      ...(row > 0 ? [line('grid', [20, start - ROW_GAP / 2], [right, start - ROW_GAP / 2])] : []),
      label(name, left - 12, middle, 'end', 'name'),
      ...values.flatMap((value, index) => {
        if (!value) return [];
        const y = start + (index + 0.5) * LANE;
        return [
          intervalBar(index, [x.at(value.low), y], [x.at(value.high), y]),
          marker(index, x.at(value.mean), y, 4.5),
          label(format(value.mean), x.at(value.high) + 10, y + 4, 'start'),
        ];
      }),
    ];
  });
  return drawing({ width: WIDTH, height: bottom + 50, description }, ...axes, ...marks);
}
