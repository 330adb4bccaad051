import type { Preprocessing } from '../../../exporter/contract/manifest.ts';
import type { PictureSet } from '../../../trainer/data/picture-set.ts';
import { numberedPictures } from './numbered-pictures.ts';

export const asBytes: Preprocessing = {
  height: 32,
  width: 32,
  resize: 'bilinear-antialias',
  mean: [0, 0, 0],
  std: [1 / 255, 1 / 255, 1 / 255],
};

export const usual: Preprocessing = {
  ...asBytes,
  mean: [0.4914, 0.4822, 0.4465],
  std: [0.247, 0.2435, 0.2616],
};

/** Pictures of random bytes, none of them black, so that padding shows. */
export function speckled(count: number, height = 32, width = 32): PictureSet {
  let state = 12345;
  const pixels = Uint8Array.from({ length: count * height * width * 3 }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return 1 + ((state >>> 16) % 255);
  });
  return { ...numberedPictures({ count, height, width }), pixels };
}

/** What a crop at (top, left) of the picture padded by 4 gives, by the definition. */
export function expectedView(
  set: PictureSet,
  index: number,
  [top, left, mirrored]: readonly [number, number, boolean],
): number[] {
  const { height, width } = set;
  const planes: number[] = [];
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < height; y++) {
      const row: number[] = [];
      for (let x = 0; x < width; x++) {
        const [sy, sx] = [y + top - 4, x + left - 4];
        const inside = sy >= 0 && sy < height && sx >= 0 && sx < width;
        row.push(inside ? set.pixels[((index * height + sy) * width + sx) * 3 + channel]! : 0);
      }
      planes.push(...(mirrored ? row.reverse() : row));
    }
  }
  return planes;
}
