import type { RgbPicture } from '../../../../exporter/contract/picture/rgb-picture.ts';
import type { Random } from '../../../data/random.ts';
import { changeBrightness } from './brightness.ts';
import { reduceContrast } from './contrast.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { addGaussianNoise } from './gaussian-noise.ts';
import { compressJpeg } from './jpeg.ts';

/** Severities 1, 3 and 5 of CIFAR-10-C, mild to strong. */
export const SEVERITIES = [1, 3, 5] as const;
export type Severity = (typeof SEVERITIES)[number];

type BySeverity = Readonly<Record<Severity, number>>;

const NOISE_DEVIATION: BySeverity = { 1: 0.04, 3: 0.08, 5: 0.1 };
const BLUR_DEVIATION: BySeverity = { 1: 0.4, 3: 0.7, 5: 1 };
const BRIGHTNESS_CHANGE: BySeverity = { 1: 0.05, 3: 0.15, 5: 0.3 };
const CONTRAST_FACTOR: BySeverity = { 1: 0.75, 3: 0.4, 5: 0.15 };
const JPEG_QUALITY: BySeverity = { 1: 80, 3: 58, 5: 40 };

export const CORRUPTIONS = [
  'gaussian-noise',
  'gaussian-blur',
  'brightness',
  'contrast',
  'jpeg',
] as const;
export type CorruptionKind = (typeof CORRUPTIONS)[number];

export interface Corruption {
  readonly kind: CorruptionKind;
  readonly severity: Severity;
}

/**
 * Corrupts a picture with the parameters of CIFAR-10-C (Hendrycks & Dietterich 2019, arXiv 1903.12261),
 * which are for 32 x 32 pixels, at severities 1, 3 and 5:
 * - `gaussian-noise`, standard deviation 0.04, 0.08, 0.10 of white;
 * - `gaussian-blur`, standard deviation 0.4, 0.7, 1 pixels;
 * - `brightness`, 0.05, 0.15, 0.3 of white added to the value of HSV;
 * - `contrast`, distances from the mean reduced to 0.75, 0.4, 0.15;
 * - `jpeg`, quality 80, 58, 40.
 *
 * Bytes are rounded, where CIFAR-10-C cuts them off.
 * @param random what the noise is drawn from
 */
export async function corrupt(
  picture: RgbPicture,
  { kind, severity }: Corruption,
  random: Random,
): Promise<RgbPicture> {
  switch (kind) {
    case 'gaussian-noise':
      return addGaussianNoise(picture, NOISE_DEVIATION[severity], random);
    case 'gaussian-blur':
      return gaussianBlur(picture, BLUR_DEVIATION[severity]);
    case 'brightness':
      return changeBrightness(picture, BRIGHTNESS_CHANGE[severity]);
    case 'contrast':
      return reduceContrast(picture, CONTRAST_FACTOR[severity]);
    case 'jpeg':
      return compressJpeg(picture, JPEG_QUALITY[severity]);
  }
}
