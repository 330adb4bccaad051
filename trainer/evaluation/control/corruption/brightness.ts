import type { RgbPicture } from '../../../../exporter/contract/picture/rgb-picture.ts';
import { toByte } from './to-byte.ts';

/**
 * Adds to the value of every pixel (the largest of its three bytes, as in HSV), hue and saturation kept.
 * @param change 1 is from black to white; negative ones darken
 */
export function changeBrightness(
  { width, height, pixels }: RgbPicture,
  change: number,
): RgbPicture {
  const changed = new Uint8Array(pixels.length);
  for (let start = 0; start < pixels.length; start += 3) {
    const value = Math.max(pixels[start]!, pixels[start + 1]!, pixels[start + 2]!);
    const target = Math.min(255, Math.max(0, value + 255 * change));
    for (let index = start; index < start + 3; index++) {
      changed[index] = toByte(value === 0 ? target : (pixels[index]! * target) / value);
    }
  }
  return { width, height, pixels: changed };
}
