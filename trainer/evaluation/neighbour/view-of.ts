import type { RgbPicture } from '../../../exporter/contract/picture/rgb-picture.ts';
import type { View } from '../../data/augmentation.ts';

/** A view of the picture as training sees it: what lies beyond the picture's edge is black. */
export function viewOf(picture: RgbPicture, { top, left, mirrored }: View): RgbPicture {
  const { width, height, pixels } = picture;
  const viewed = new Uint8Array(pixels.length);
  for (let row = 0; row < height; row++) {
    const sourceRow = row + top;
    if (sourceRow < 0 || sourceRow >= height) continue;
    for (let column = 0; column < width; column++) {
      const sourceColumn = (mirrored ? width - 1 - column : column) + left;
      if (sourceColumn < 0 || sourceColumn >= width) continue;
      const from = (sourceRow * width + sourceColumn) * 3;
      viewed.set(pixels.subarray(from, from + 3), (row * width + column) * 3);
    }
  }
  return { width, height, pixels: viewed };
}
