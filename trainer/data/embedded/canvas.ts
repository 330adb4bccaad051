import type { Colour } from './colour.ts';

/** Side of the pictures, in pixels. */
export const side = 32;

/** A picture being painted: [side,side,3], 0 to 255 before rounding. */
export type Canvas = Float32Array;

/** How much of each pixel a layer covers: [side,side], 0 to 1. */
export type Mask = Float32Array;

export function blankCanvas(): Canvas {
  return new Float32Array(side * side * 3);
}

export function blankMask(): Mask {
  return new Float32Array(side * side);
}

/** Lays one colour over a canvas where the mask covers it. */
export function layColour(canvas: Canvas, mask: Mask, [red, green, blue]: Colour): void {
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const share = mask[pixel]!;
    if (share === 0) continue;
    const first = pixel * 3;
    canvas[first]! += (red - canvas[first]!) * share;
    canvas[first + 1]! += (green - canvas[first + 1]!) * share;
    canvas[first + 2]! += (blue - canvas[first + 2]!) * share;
  }
}

/** Lays another canvas over a canvas where the mask covers it. */
export function layCanvas(canvas: Canvas, mask: Mask, upper: Canvas): void {
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const share = mask[pixel]!;
    if (share === 0) continue;
    for (let value = pixel * 3; value < pixel * 3 + 3; value++) {
      canvas[value]! += (upper[value]! - canvas[value]!) * share;
    }
  }
}
