import type { RgbPicture } from '../../../../exporter/contract/picture/rgb-picture.ts';
import { toByte } from './to-byte.ts';

/** Where the kernel ends, in standard deviations. */
const TRUNCATE = 4;

/**
 * Convolves each channel with a Gaussian, cut off at four standard deviations; beyond the picture its
 * edge goes on. Rounded to bytes once, at the end.
 * @param deviation in pixels
 */
export function gaussianBlur(picture: RgbPicture, deviation: number): RgbPicture {
  const { width, height, pixels } = picture;
  const kernel = gaussianKernel(deviation);
  const columns = { count: width, stride: 3 };
  const rows = { count: height, stride: width * 3 };
  const blurred = convolve(convolve(Float64Array.from(pixels), kernel, columns), kernel, rows);
  return { width, height, pixels: Uint8Array.from(blurred, toByte) };
}

/** [2 radius + 1], summing to 1. */
function gaussianKernel(deviation: number): Float64Array {
  const radius = Math.floor(TRUNCATE * deviation + 0.5);
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, index) =>
    Math.exp(-((index - radius) ** 2) / (2 * deviation ** 2)),
  );
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  return kernel.map((weight) => weight / sum);
}

/** Along one axis of the picture, whose neighbouring positions are `stride` values apart. */
function convolve(
  values: Float64Array,
  kernel: Float64Array,
  { count, stride }: { count: number; stride: number },
): Float64Array {
  const radius = (kernel.length - 1) / 2;
  return values.map((_, index) => {
    const position = Math.floor(index / stride) % count;
    const start = index - position * stride;
    let sum = 0;
    for (let tap = 0; tap < kernel.length; tap++) {
      const source = Math.min(count - 1, Math.max(0, position + tap - radius));
      sum += kernel[tap]! * values[start + source * stride]!;
    }
    return sum;
  });
}
