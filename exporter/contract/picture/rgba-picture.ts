import type { RgbPicture } from './rgb-picture.ts';

/** What decoders give: `data` are [height,width,4] bytes, red first, alpha last and not premultiplied. */
export interface RgbaPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/**
 * Composites over white, in place: the pixels of the result lie in `picture`'s memory, so that a large
 * picture is not held twice.
 */
export function compositeOverWhite(picture: RgbaPicture): RgbPicture {
  const { width, height } = picture;
  const data = new Uint8Array(picture.data.buffer, picture.data.byteOffset, width * height * 4);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    const alpha = data[from + 3]!;
    data[to] = overWhite(data[from]!, alpha);
    data[to + 1] = overWhite(data[from + 1]!, alpha);
    data[to + 2] = overWhite(data[from + 2]!, alpha);
  }
  return { width, height, pixels: data.subarray(0, width * height * 3) };
}

/** One 8-bit sample of that alpha over white, rounded to the nearest. */
export function overWhite(sample: number, alpha: number): number {
  return alpha === 255 ? sample : Math.round((sample * alpha + 255 * (255 - alpha)) / 255);
}
