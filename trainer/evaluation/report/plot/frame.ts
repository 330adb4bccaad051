import { element, escapeText } from '../markup.ts';
import { drawing } from './drawing.ts';
import { linearScale, type Scale } from './scale.ts';

/** What an axis shows: its title, with its unit, and values that it must reach. */
export interface Axis {
  readonly title: string;
  readonly values: readonly number[];
  /** Whether it goes on to the next tick, as is usual, or stops at the outermost values. */
  readonly ends?: 'ticks' | 'values';
}

/** Where things are drawn in a plot. */
export interface Frame {
  readonly x: Scale;
  readonly y: Scale;
  /** Inside the axes, in pixels. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface PlotSize {
  readonly width: number;
  readonly height: number;
}

const MARGIN = { left: 60, right: 16, top: 12, bottom: 46 };

/**
 * A plot with labelled axes and a light grid as an SVG element, which takes its colours from the page.
 * @param description what it shows, for those who do not see it
 * @param draw the marks inside
 */
export function plot(
  { width, height }: PlotSize,
  axes: { readonly x: Axis; readonly y: Axis },
  description: string,
  draw: (frame: Frame) => string,
): string {
  const [left, right] = [MARGIN.left, width - MARGIN.right];
  const [top, bottom] = [MARGIN.top, height - MARGIN.bottom];
  const x = linearScale(axes.x.values, [left, right], width > 400 ? 6 : 4, axes.x.ends);
  const y = linearScale(axes.y.values, [bottom, top], height > 240 ? 6 : 4, axes.y.ends);
  const grid = y.ticks.map((tick) => line('grid', [left, y.at(tick)], [right, y.at(tick)]));
  const marks = [
    ...x.ticks.map((tick) => line('axis', [x.at(tick), bottom], [x.at(tick), bottom + 4])),
    ...x.ticks.map((tick) => label(x.format(tick), x.at(tick), bottom + 17, 'middle')),
    ...y.ticks.map((tick) => label(y.format(tick), left - 8, y.at(tick) + 4, 'end')),
  ];
  const middle = (top + bottom) / 2;
  return drawing(
    { width, height, description },
    ...grid,
    ...marks,
    line('axis', [left, bottom], [right, bottom]),
    label(axes.x.title, (left + right) / 2, height - 8, 'middle', 'title'),
    element(
      'text',
      {
        class: 'title',
        'text-anchor': 'middle',
        transform: `translate(14 ${middle}) rotate(-90)`,
      },
      escapeText(axes.y.title),
    ),
    draw({ x, y, left, right, top, bottom }),
  );
}

export function line(
  kind: string,
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
): string {
  return element('line', { class: kind, x1, y1, x2, y2 });
}

export function label(
  text: string,
  x: number,
  y: number,
  anchor: 'start' | 'middle' | 'end',
  kind: string | null = null,
): string {
  return element('text', { class: kind, x, y, 'text-anchor': anchor }, escapeText(text));
}
