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
  let from = packOpaque(data);
  for (let to = (from / 4) * 3; from < data.length; from += 4, to += 3) {
    const alpha = data[from + 3]!;
    data[to] = overWhite(data[from]!, alpha);
    data[to + 1] = overWhite(data[from + 1]!, alpha);
    data[to + 2] = overWhite(data[from + 2]!, alpha);
  }
  return { width, height, pixels: data.subarray(0, width * height * 3) };
}

/** Whether the first of a word's bytes is its lowest, as it is wherever this was seen to run. */
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * Drops the alpha of the opaque pixels that `data` begins with, in place and four at a time: a picture
 * of a megapixel without transparency, as every JPEG is, takes a tenth of the time.
 * @returns how many bytes of `data` it has done
 */
function packOpaque(data: Uint8Array): number {
  if (!LITTLE_ENDIAN || data.byteOffset % 4 !== 0) return 0;
  const words = new Int32Array(data.buffer, data.byteOffset, data.length / 4);
  let from = 0;
  for (let to = 0; from + 4 <= words.length; from += 4, to += 3) {
    const a = words[from]!;
    const b = words[from + 1]!;
    const c = words[from + 2]!;
    const d = words[from + 3]!;
    // The highest byte is alpha; of all four it is 255 where the shift leaves ones alone.
    if ((a & b & c & d) >> 24 !== -1) break;
    words[to] = (a & 0xffffff) | (b << 24);
    words[to + 1] = ((b >>> 8) & 0xffff) | (c << 16);
    words[to + 2] = ((c >>> 16) & 0xff) | (d << 8);
  }
  return from * 4;
}

/** One 8-bit sample of that alpha over white, rounded to the nearest. */
export function overWhite(sample: number, alpha: number): number {
  return alpha === 255 ? sample : Math.round((sample * alpha + 255 * (255 - alpha)) / 255);
}
