import { resize } from '../../exporter/contract/picture/resize.ts';
import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';

const SIDE = 32;
const FREQUENCIES = 8;
/** Luma of ITU-R BT.601. */
const LUMA = [0.299, 0.587, 0.114] as const;

/** cos((2 x + 1) u pi / 64) for the frequencies u = 1 to 8, [u,x]. */
const COSINES = Float64Array.from({ length: FREQUENCIES * SIDE }, (_, index) => {
  const frequency = 1 + Math.floor(index / SIDE);
  return Math.cos(((2 * (index % SIDE) + 1) * frequency * Math.PI) / (2 * SIDE));
});

/**
 * The 64-bit DCT hash (pHash; Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash
 * Functions", section 3.2.1): luma at 32 x 32, its cosine transform at the frequencies 1 to 8 both ways,
 * a bit each for those above their median. A change of brightness or contrast moves no bit, unless values
 * are cut off.
 * @returns two words
 */
export function perceptualHash(picture: RgbPicture): Uint32Array {
  const coefficients = lowFrequencies(luma(resize(picture, SIDE, SIDE)));
  const sorted = coefficients.toSorted();
  const median = (sorted[31]! + sorted[32]!) / 2;
  const hash = new Uint32Array(2);
  coefficients.forEach((value, bit) => {
    if (value > median) hash[bit >> 5]! |= 1 << (bit & 31);
  });
  return hash;
}

/** In how many bits two hashes differ. */
export function hammingDistance(one: Uint32Array, other: Uint32Array): number {
  return bitCount(one[0]! ^ other[0]!) + bitCount(one[1]! ^ other[1]!);
}

function luma({ pixels }: RgbPicture): Float64Array {
  return Float64Array.from({ length: SIDE * SIDE }, (_, index) =>
    LUMA.reduce((sum, share, channel) => sum + share * pixels[3 * index + channel]!, 0),
  );
}

/** The type-II cosine transform, unscaled, [8,8]. */
function lowFrequencies(plane: Float64Array): Float64Array {
  const rows = new Float64Array(SIDE * FREQUENCIES);
  for (let y = 0; y < SIDE; y++) {
    for (let u = 0; u < FREQUENCIES; u++) {
      let sum = 0;
      for (let x = 0; x < SIDE; x++) sum += plane[y * SIDE + x]! * COSINES[u * SIDE + x]!;
      rows[y * FREQUENCIES + u] = sum;
    }
  }
  const transform = new Float64Array(FREQUENCIES * FREQUENCIES);
  for (let v = 0; v < FREQUENCIES; v++) {
    for (let u = 0; u < FREQUENCIES; u++) {
      let sum = 0;
      for (let y = 0; y < SIDE; y++) sum += rows[y * FREQUENCIES + u]! * COSINES[v * SIDE + y]!;
      transform[v * FREQUENCIES + u] = sum;
    }
  }
  return transform;
}

function bitCount(word: number): number {
  let count = 0;
  for (let left = word; left !== 0; left &= left - 1) count++;
  return count;
}
