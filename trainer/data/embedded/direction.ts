import type { Random } from '../random.ts';

/** A unit vector. Drawn without Math.cos and Math.sin, which are not the same on every machine. */
export type Direction = readonly [x: number, y: number];

/** Any direction, by rejection of points outside the unit circle. */
export function anyDirection(random: Random): Direction {
  for (;;) {
    const x = random.between(-1, 1);
    const y = random.between(-1, 1);
    const length = Math.sqrt(x * x + y * y);
    if (length > 0.1 && length <= 1) return [x / length, y / length];
  }
}

/** To the right, up or down by a slope of at most `steepness`. */
export function levelDirection(random: Random, steepness: number): Direction {
  const slope = random.between(-steepness, steepness);
  const length = Math.sqrt(1 + slope * slope);
  return [1 / length, slope / length];
}
