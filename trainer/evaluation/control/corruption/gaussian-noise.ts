import type { RgbPicture } from '../../../../exporter/contract/picture/rgb-picture.ts';
import type { Random } from '../../../data/random.ts';
import { toByte } from './to-byte.ts';

/** Adds independent noise to every byte. @param deviation its standard deviation, 1 being white */
export function addGaussianNoise(
  { width, height, pixels }: RgbPicture,
  deviation: number,
  random: Random,
): RgbPicture {
  const noisy = pixels.map((value) => toByte(value + 255 * deviation * random.normal()));
  return { width, height, pixels: noisy };
}
