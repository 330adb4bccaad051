import type { Estimate } from '../../statistics/bootstrap.ts';
import { element } from '../markup.ts';
import { plot } from './frame.ts';
import { intervalBar, marker, seriesClass } from './marker.ts';

export interface Curve {
  /** Which series it is of. */
  readonly index: number;
  readonly line: readonly { readonly x: number; readonly y: number }[];
  readonly marks: readonly { readonly x: number; readonly y: Estimate }[];
}

/** Lines over a common axis, with marks and their intervals. */
export function curvePlot(
  curves: readonly Curve[],
  titles: { readonly x: string; readonly y: string },
  description: string,
): string {
  const xs = curves.flatMap(({ line, marks }) => [...line, ...marks].map(({ x }) => x));
  const ys = curves.flatMap(({ line, marks }) => [
    ...line.map(({ y }) => y),
    ...marks.flatMap(({ y }) => [y.low, y.high]),
  ]);
  const axes = {
    x: { title: titles.x, values: [0, ...xs] },
    y: { title: titles.y, values: [0, ...ys] },
  };
  return plot({ width: 508, height: 320 }, axes, description, (frame) =>
    curves
      .map(({ index, line, marks }) => {
        const points = line.map(
          ({ x, y }) => `${frame.x.at(x).toFixed(2)} ${frame.y.at(y).toFixed(2)}`,
        );
        return [
          points.length > 1
            ? element('path', { class: `curve ${seriesClass(index)}`, d: `M${points.join('L')}` })
            : '',
          ...marks.map(({ x, y }) =>
            intervalBar(
              index,
              [frame.x.at(x), frame.y.at(y.low)],
              [frame.x.at(x), frame.y.at(y.high)],
            ),
          ),
          ...marks.map(({ x, y }) => marker(index, frame.x.at(x), frame.y.at(y.mean), 4)),
        ].join('');
      })
      .join(''),
  );
}
