import { side } from './pose.ts';

/** A picture being painted: [side,side,3], 0 to 255 before rounding. */
export type Canvas = Float32Array;

export function blankCanvas(): Canvas {
  return new Float32Array(side * side * 3);
}

/** How much of a pixel lies inside, for its distance to the outline and the width of the edge in pixels. */
export function coverage(distance: number, edge: number): number {
  return Math.max(0, Math.min(1, 0.5 - distance / edge));
}

/** Lays a colour over pixel `pixel`. */
export function blend(
  canvas: Canvas,
  pixel: number,
  red: number,
  green: number,
  blue: number,
  opacity: number,
): void {
  const first = pixel * 3;
  canvas[first]! += (red - canvas[first]!) * opacity;
  canvas[first + 1]! += (green - canvas[first + 1]!) * opacity;
  canvas[first + 2]! += (blue - canvas[first + 2]!) * opacity;
}
