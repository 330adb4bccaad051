import type { RgbPicture } from '../../../../exporter/contract/picture/rgb-picture.ts';
import { toByte } from './to-byte.ts';

/** Brings every byte nearer to the mean of its channel. @param factor what is left of its distance */
export function reduceContrast({ width, height, pixels }: RgbPicture, factor: number): RgbPicture {
  const means = [0, 0, 0];
  pixels.forEach((value, index) => {
    means[index % 3]! += value;
  });
  const reduced = pixels.map((value, index) => {
    const mean = means[index % 3]! / (width * height);
    return toByte((value - mean) * factor + mean);
  });
  return { width, height, pixels: reduced };
}
