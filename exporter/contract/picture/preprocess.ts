import type { Preprocessing } from '../manifest.ts';
import { resize } from './resize.ts';
import type { RgbPicture } from './rgb-picture.ts';

/** What of a model's preprocessing decides which pixels it sees. */
export type PictureFit = Pick<Preprocessing, 'height' | 'width'>;

/** What of it decides the values of those pixels. */
export type Normalisation = Pick<Preprocessing, 'height' | 'width' | 'mean' | 'std'>;

/**
 * Brings a picture to the size a model takes, as classifiers are trained: resized until it just covers
 * height x width, its proportions kept, and cropped at its centre. Sizes and offsets are those of
 * torchvision's Resize(size) and CenterCrop. Rounded to bytes, so that every runtime goes on from the
 * same numbers.
 * @returns [height,width,3] bytes
 */
export function fitPicture(picture: RgbPicture, { height, width }: PictureFit): Uint8Array {
  const byHeight = height * picture.width >= width * picture.height;
  const resized = byHeight
    ? { height, width: Math.floor((height * picture.width) / picture.height) }
    : { height: Math.floor((width * picture.height) / picture.width), width };
  return resize(picture, resized.height, resized.width, {
    top: halfToEven((resized.height - height) / 2),
    left: halfToEven((resized.width - width) / 2),
    height,
    width,
  }).pixels;
}

/**
 * Turns bytes into the network's input: (v / 255 - mean) / std as float32.
 * @param pixels [N,height,width,3] bytes
 * @returns [N,3,height,width]
 */
export function normalise(pixels: Uint8Array, normalisation: Normalisation): Float32Array {
  const { height, width } = normalisation;
  const area = height * width;
  if (pixels.length % (area * 3) !== 0) {
    throw new RangeError(
      `${pixels.length} bytes are not whole pictures of ${height} x ${width} x 3`,
    );
  }
  const output = new Float32Array(pixels.length);
  for (let channel = 0; channel < 3; channel++) {
    const table = normalisedBytes(normalisation, channel);
    for (let start = 0; start < pixels.length; start += area * 3) {
      const plane = start + channel * area;
      for (let i = 0, from = start + channel; i < area; i++, from += 3) {
        output[plane + i] = table[pixels[from]!]!;
      }
    }
  }
  return output;
}

/** What each of the 256 byte values becomes in `channel`: rounded to float32 once, at the end. */
export function normalisedBytes(
  { mean, std }: Pick<Normalisation, 'mean' | 'std'>,
  channel: number,
): Float32Array {
  return Float32Array.from(
    { length: 256 },
    (_, byte) => (byte / 255 - mean[channel]!) / std[channel]!,
  );
}

/** One picture of any size as the network's input, [3,height,width]: `normalise` of `fitPicture`. */
export function preprocess(picture: RgbPicture, preprocessing: Normalisation): Float32Array {
  return normalise(fitPicture(picture, preprocessing), preprocessing);
}

/** Python's round, by which torchvision places its crop. */
function halfToEven(value: number): number {
  const down = Math.floor(value);
  return value - down === 0.5 ? down + (down % 2) : Math.round(value);
}
