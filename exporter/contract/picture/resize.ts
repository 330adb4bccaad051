import type { RgbPicture } from './rgb-picture.ts';

/** The part of a resized picture that is wanted, in pixels of the resized picture. */
export interface Window {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Resizes to `height` x `width` by bilinear interpolation with antialiasing: a triangle filter, widened
 * by the reduction factor when it shrinks, on half-pixel centres, its weights renormalised at the edges.
 * The filter of PIL's BILINEAR and of torch's interpolate(mode='bilinear', antialias=True). Sums are
 * kept as floats and rounded once at the end, halves up, where PIL rounds between its two passes too.
 * Only `window` is computed: time and memory follow the window and what lies beneath it.
 * @returns the window; the picture itself where nothing changes
 */
export function resize(
  picture: RgbPicture,
  height: number,
  width: number,
  window: Window = { top: 0, left: 0, height, width },
): RgbPicture {
  const whole = window.height === picture.height && window.width === picture.width;
  if (whole && height === picture.height && width === picture.width) return picture;
  const columns = tapsOf(picture.width, width, window.left, window.width);
  const rows = tapsOf(picture.height, height, window.top, window.height);

  const firstRow = rows.first[0]!;
  const lastRow = rows.first[window.height - 1]! + rows.count[window.height - 1]!;
  const pitch = window.width * 3;
  const squeezed = new Float32Array((lastRow - firstRow) * pitch);
  for (let y = firstRow; y < lastRow; y++) {
    squeezeRow(picture, y, columns, squeezed.subarray((y - firstRow) * pitch));
  }

  const pixels = new Uint8Array(window.height * pitch);
  const sums = new Float64Array(pitch);
  for (let y = 0; y < window.height; y++) {
    sums.fill(0);
    for (let tap = 0; tap < rows.count[y]!; tap++) {
      const weight = rows.weights[y * rows.most + tap]!;
      const start = (rows.first[y]! + tap - firstRow) * pitch;
      for (let i = 0; i < pitch; i++) sums[i]! += weight * squeezed[start + i]!;
    }
    for (let i = 0; i < pitch; i++) pixels[y * pitch + i] = Math.floor(sums[i]! + 0.5);
  }
  return { width: window.width, height: window.height, pixels };
}

function squeezeRow({ pixels, width }: RgbPicture, y: number, columns: Taps, row: Float32Array) {
  const { first, count, weights, most } = columns;
  for (let x = 0; x < first.length; x++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    let from = (y * width + first[x]!) * 3;
    const end = x * most + count[x]!;
    for (let tap = x * most; tap < end; tap++, from += 3) {
      const weight = weights[tap]!;
      red += weight * pixels[from]!;
      green += weight * pixels[from + 1]!;
      blue += weight * pixels[from + 2]!;
    }
    row[x * 3] = red;
    row[x * 3 + 1] = green;
    row[x * 3 + 2] = blue;
  }
}

/** For each output position: its first input position, how many follow, and their weights. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Float64Array;
  /** Weights kept for each output position. */
  readonly most: number;
}

function tapsOf(inputs: number, outputs: number, start: number, length: number): Taps {
  const scale = inputs / outputs;
  const support = Math.max(1, scale);
  const most = Math.min(inputs, Math.ceil(support) * 2 + 1);
  const first = new Int32Array(length);
  const count = new Int32Array(length);
  const weights = new Float64Array(length * most);
  for (let i = 0; i < length; i++) {
    const centre = (start + i + 0.5) * scale;
    first[i] = Math.max(0, Math.floor(centre - support + 0.5));
    count[i] = Math.min(inputs, Math.floor(centre + support + 0.5)) - first[i]!;
    let sum = 0;
    for (let tap = 0; tap < count[i]!; tap++) {
      const distance = Math.abs(first[i]! + tap + 0.5 - centre) / support;
      const weight = Math.max(0, 1 - distance);
      weights[i * most + tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < count[i]!; tap++) weights[i * most + tap]! /= sum;
  }
  return { first, count, weights, most };
}
