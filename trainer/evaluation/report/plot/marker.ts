import { element } from '../markup.ts';

/** How many colours the page has for series; they begin again behind the last. */
export const COLOURS = 8;

/** The class that gives series `index` its colour. */
export function seriesClass(index: number): string {
  return `s${index % COLOURS}`;
}

/** A point of series `index`: each series has a shape as well as a colour, for those who see few of these. */
export function marker(index: number, x: number, y: number, radius = 5): string {
  const kind = `point ${seriesClass(index)}`;
  const r = radius;
  const path = (d: string) => element('path', { class: kind, d });
  switch (index % 5) {
    case 0:
      return element('circle', { class: kind, cx: x, cy: y, r });
    case 1:
      return element('rect', {
        class: kind,
        x: x - r * 0.9,
        y: y - r * 0.9,
        width: r * 1.8,
        height: r * 1.8,
      });
    case 2:
      return path(`M${fix(x)} ${fix(y - r * 1.2)}l${fix(r * 1.1)} ${fix(r * 2)}h${fix(-r * 2.2)}z`);
    case 3:
      return path(
        `M${fix(x)} ${fix(y - r * 1.3)}l${fix(r * 1.3)} ${fix(r * 1.3)}l${fix(-r * 1.3)} ${fix(r * 1.3)}l${fix(-r * 1.3)} ${fix(-r * 1.3)}z`,
      );
    default:
      return path(
        `M${fix(x)} ${fix(y + r * 1.2)}l${fix(r * 1.1)} ${fix(-r * 2)}h${fix(-r * 2.2)}z`,
      );
  }
}

/** A vertical or horizontal bar over an interval. */
export function intervalBar(
  index: number,
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
): string {
  return element('line', { class: `interval ${seriesClass(index)}`, x1, y1, x2, y2 });
}

function fix(value: number): string {
  return String(Math.round(value * 100) / 100);
}
