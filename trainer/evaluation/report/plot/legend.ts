import { label } from './frame.ts';
import { marker } from './marker.ts';

const ROW = 22;
const CHARACTER = 7;

/**
 * What each series' points look like, as a part of a plot: as many in a row as there is room for.
 * @param left and `right`, in pixels, of the room
 * @param top of the first row
 */
export function legend(
  series: readonly string[],
  { left, right, top }: { readonly left: number; readonly right: number; readonly top: number },
): { readonly content: string; readonly height: number } {
  let [x, y] = [left, top + ROW / 2];
  const entries = series.map((name, index) => {
    const width = 34 + name.length * CHARACTER;
    if (x > left && x + width > right) [x, y] = [left, y + ROW];
    const entry = marker(index, x + 6, y, 5) + label(name, x + 18, y + 4, 'start', 'name');
    x += width;
    return entry;
  });
  return { content: entries.join(''), height: y + ROW / 2 - top };
}
