import { blankMask, type Mask, side } from './canvas.ts';
import type { Direction } from './direction.ts';
import type { Distance } from './polygon.ts';

/** Where an outline lies: its unit circle becomes an ellipse around (x, y), in pixels. */
export interface Pose {
  readonly x: number;
  readonly y: number;
  /** The longer radius. */
  readonly size: number;
  /** The shorter radius as a share of the longer. */
  readonly stretch: number;
  /** Where the outline's x axis, which is the shorter one, points. */
  readonly axis: Direction;
}

/** Distances in pixels from each pixel's centre to an outline: [side,side], negative inside. */
export type DistanceField = Float32Array;

/** Far outside, where nothing is painted. */
const far = 99;

/** Exact up to the stretch, and only near the outline. */
export function distanceField(outline: Distance, pose: Pose): DistanceField {
  const { x, y, size, stretch } = pose;
  const [cosine, sine] = pose.axis;
  const width = side;
  const field = new Float32Array(width * width).fill(far);
  const reach = size + 4;
  const lastRow = Math.min(width - 1, Math.ceil(y + reach));
  const firstColumn = Math.max(0, Math.floor(x - reach));
  const lastColumn = Math.min(width - 1, Math.ceil(x + reach));
  const across = 1 / (size * stretch);
  const along = 1 / size;
  const scale = size * (0.5 + 0.5 * stretch);
  for (let row = Math.max(0, Math.floor(y - reach)); row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const offX = column + 0.5 - x;
      const offY = row + 0.5 - y;
      const u = (offX * cosine + offY * sine) * across;
      const v = (offY * cosine - offX * sine) * along;
      field[row * width + column] = outline(u, v) * scale;
    }
  }
  return field;
}

/** What a field encloses, with a soft edge of `edge` pixels, moved by whole pixels. */
export function maskOf(
  field: DistanceField,
  {
    edge,
    opacity = 1,
    right = 0,
    down = 0,
  }: {
    edge: number;
    opacity?: number;
    right?: number;
    down?: number;
  },
): Mask {
  const width = side;
  const mask = blankMask();
  for (let row = Math.max(0, down); row < Math.min(width, width + down); row++) {
    for (let column = Math.max(0, right); column < Math.min(width, width + right); column++) {
      const share = 0.5 - field[(row - down) * width + column - right]! / edge;
      mask[row * width + column] = opacity * Math.max(0, Math.min(1, share));
    }
  }
  return mask;
}
