import type { Random } from '../random.ts';
import type { Distance } from './polygon.ts';

/** Side of the pictures, in pixels. */
export const side = 32;

/** Where an outline lies: its unit circle becomes an ellipse around (x, y), in pixels. */
export interface Pose {
  readonly x: number;
  readonly y: number;
  /** The longer radius. */
  readonly size: number;
  /** The shorter radius as a share of the longer. */
  readonly stretch: number;
  /** Direction of the shorter axis, of length 1. */
  readonly axis: readonly [number, number];
}

/** A random direction of length 1, by rejection, since Math.cos is not the same on every machine. */
export function direction(random: Random): [number, number] {
  for (;;) {
    const x = random.between(-1, 1);
    const y = random.between(-1, 1);
    const squared = x * x + y * y;
    if (squared > 0.01 && squared <= 1) return [x / Math.sqrt(squared), y / Math.sqrt(squared)];
  }
}

/** A direction of length 1 whose slope against the horizontal is at most `steepness`, pointing right. */
export function levelDirection(random: Random, steepness: number): [number, number] {
  const slope = random.between(-steepness, steepness);
  const length = Math.sqrt(1 + slope * slope);
  return [1 / length, slope / length];
}

/** Distances far outside, where nothing is painted. */
const far = 99;

/**
 * Distances in pixels from each pixel's centre to the outline, [side,side], negative inside. Exact up to
 * the stretch; far from the outline simply large.
 */
export function distanceField(outline: Distance, pose: Pose): Float32Array {
  const field = new Float32Array(side * side).fill(far);
  const { x, y, size, stretch } = pose;
  const [cosine, sine] = pose.axis;
  const reach = size + 4;
  const lastRow = Math.min(side - 1, Math.ceil(y + reach));
  const lastColumn = Math.min(side - 1, Math.ceil(x + reach));
  const firstColumn = Math.max(0, Math.floor(x - reach));
  const across = 1 / (size * stretch);
  const along = 1 / size;
  const scale = size * (0.5 + 0.5 * stretch);
  for (let row = Math.max(0, Math.floor(y - reach)); row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const offX = column + 0.5 - x;
      const offY = row + 0.5 - y;
      const u = (offX * cosine + offY * sine) * across;
      const v = (offY * cosine - offX * sine) * along;
      field[row * side + column] = outline(u, v) * scale;
    }
  }
  return field;
}
