import type { RgbPicture } from '../../../exporter/contract/picture/rgb-picture.ts';
import { randomFor } from '../../../trainer/data/random.ts';

/** Bytes drawn uniformly from `low` to `high`, both included. */
export function randomPicture(
  width: number,
  height: number,
  seed: number,
  low = 0,
  high = 255,
): RgbPicture {
  const random = randomFor(seed, 'picture');
  const pixels = new Uint8Array(width * height * 3).map(() => low + random.integer(high - low + 1));
  return { width, height, pixels };
}
