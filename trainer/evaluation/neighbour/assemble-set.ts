import type { RgbPicture } from '../../../exporter/contract/picture/rgb-picture.ts';
import type { PictureSet } from '../../data/picture-set.ts';

/** Puts pictures of one size into a set, all under the same label. */
export function assembleSet(
  { name, height, width, labelNames }: Pick<PictureSet, 'name' | 'height' | 'width' | 'labelNames'>,
  pictures: readonly RgbPicture[],
  label: number,
): PictureSet {
  const count = pictures.length;
  const size = height * width * 3;
  const pixels = new Uint8Array(count * size);
  pictures.forEach((picture, index) => {
    pixels.set(picture.pixels, index * size);
  });
  return {
    name,
    height,
    width,
    labelNames,
    count,
    pixels,
    labels: new Uint16Array(count).fill(label),
  };
}
