import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import { normalisedBytes } from '../../exporter/contract/picture/preprocess.ts';
import type { View } from './augmentation.ts';
import type { PictureSet } from './picture-set.ts';

/** Writes a view of picture `index` as the `slot`-th [3,H,W] block of `images`. */
export type InputWriter = (index: number, view: View, images: Float32Array, slot: number) => void;

/**
 * Makes the function that turns pictures of `set` into the network's input: planes of
 * `(value / 255 - mean) / std`. What a view shows beyond the picture's edge is black, what it hides is 0,
 * the mean colour.
 */
export function inputWriter(set: PictureSet, preprocessing: Preprocessing): InputWriter {
  const { height, width, pixels } = set;
  const area = height * width;
  const red = normalisedBytes(preprocessing, 0);
  const green = normalisedBytes(preprocessing, 1);
  const blue = normalisedBytes(preprocessing, 2);
  return (index, { top, left, mirrored, hole }, images, slot) => {
    const block = slot * 3 * area;
    if (top !== 0 || left !== 0) {
      images.fill(red[0]!, block, block + area);
      images.fill(green[0]!, block + area, block + 2 * area);
      images.fill(blue[0]!, block + 2 * area, block + 3 * area);
    }
    const step = mirrored ? -1 : 1;
    const firstColumn = Math.max(0, left);
    const endColumn = Math.min(width, width + left);
    const endRow = Math.min(height, height + top);
    for (let row = Math.max(0, top); row < endRow; row++) {
      let source = ((index * height + row) * width + firstColumn) * 3;
      const targetColumn = mirrored ? width - 1 - (firstColumn - left) : firstColumn - left;
      let target = block + (row - top) * width + targetColumn;
      for (let column = firstColumn; column < endColumn; column++) {
        images[target] = red[pixels[source]!]!;
        images[target + area] = green[pixels[source + 1]!]!;
        images[target + 2 * area] = blue[pixels[source + 2]!]!;
        source += 3;
        target += step;
      }
    }
    if (!hole) return;
    const [from, to] = [Math.max(0, hole.left), Math.min(width, hole.left + hole.side)];
    const lastRow = Math.min(height, hole.top + hole.side);
    for (let row = Math.max(0, hole.top); row < lastRow; row++) {
      for (let plane = 0; plane < 3; plane++) {
        const start = block + plane * area + row * width;
        images.fill(0, start + from, start + to);
      }
    }
  };
}
