import type { Estimate } from '../../statistics/bootstrap.ts';
import { type Axis, type Frame, label, plot } from './frame.ts';
import { intervalBar, marker } from './marker.ts';

export interface ScatterPoint {
  readonly name: string;
  readonly x: Estimate;
  readonly y: Estimate;
}

/** Height of a line of text in a plot. */
const LINE = 14;

/**
 * Named points with their intervals in both directions.
 * @param left what the horizontal axis begins at, or before: 0, or the least value where this is null
 */
export function scatterPlot(
  points: readonly ScatterPoint[],
  titles: { readonly x: string; readonly y: string },
  description: string,
  left: number | null = 0,
): string {
  const axis = (title: string, of: 'x' | 'y', origin: number | null): Axis => ({
    title,
    values: [
      ...(origin === null ? [] : [origin]),
      ...points.flatMap((point) => [point[of].low, point[of].high]),
    ],
  });
  const axes = { x: axis(titles.x, 'x', left), y: axis(titles.y, 'y', 0) };
  return plot({ width: 900, height: 430 }, axes, description, (frame) =>
    [
      ...points.flatMap(({ x, y }, index) => [
        intervalBar(
          index,
          [frame.x.at(x.low), frame.y.at(y.mean)],
          [frame.x.at(x.high), frame.y.at(y.mean)],
        ),
        intervalBar(
          index,
          [frame.x.at(x.mean), frame.y.at(y.low)],
          [frame.x.at(x.mean), frame.y.at(y.high)],
        ),
      ]),
      ...points.map(({ x, y }, index) => marker(index, frame.x.at(x.mean), frame.y.at(y.mean), 6)),
      ...names(points, frame),
    ].join(''),
  );
}

/** The points' names beside them, moved up where they would cover each other. */
function names(points: readonly ScatterPoint[], frame: Frame): string[] {
  const middle = (frame.left + frame.right) / 2;
  const placed: { from: number; to: number; y: number }[] = [];
  const lowestFirst = [...points].sort((a, b) => a.y.mean - b.y.mean);
  return lowestFirst.map(({ name, x, y }) => {
    const at = frame.x.at(x.mean);
    const toRight = at <= middle;
    const start = toRight ? at + 11 : at - 11;
    const length = name.length * 7;
    const [from, to] = toRight ? [start, start + length] : [start - length, start];
    let height = frame.y.at(y.mean) - 6;
    for (const other of [...placed].sort((a, b) => b.y - a.y)) {
      if (from < other.to && to > other.from && Math.abs(other.y - height) < LINE)
        height = other.y - LINE;
    }
    placed.push({ from, to, y: height });
    return label(name, start, height, toRight ? 'start' : 'end', 'name');
  });
}
