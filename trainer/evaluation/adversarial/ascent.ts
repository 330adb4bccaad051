import type { Random } from '../../data/random.ts';
import type { Attack } from './attack.ts';

/** Draws where an attack begins: each byte uniform within the radius of its own, as far as bytes go. */
export function randomStart(picture: Uint8Array, radius: number, random: Random): Uint8Array {
  return picture.map((value) => {
    const moved = value + random.integer(2 * radius + 1) - radius;
    return Math.min(255, Math.max(0, moved));
  });
}

/**
 * Moves every byte of pictures one step along the sign of its gradient, no further than the radius from
 * the picture that was attacked. In place.
 * @param current [N,H,W,3] bytes, and `origin` before the attack
 * @param gradient [N,3,H,W]
 * @param area H x W
 */
export function stepUphill(
  current: Uint8Array,
  origin: Uint8Array,
  gradient: Float32Array,
  area: number,
  { radius, step }: Attack,
): void {
  for (let index = 0; index < current.length; index++) {
    const picture = Math.floor(index / (3 * area));
    const pixel = Math.floor(index / 3) % area;
    const slope = gradient[(picture * 3 + (index % 3)) * area + pixel]!;
    const moved = current[index]! + step * Math.sign(slope);
    const lowest = Math.max(0, origin[index]! - radius);
    const highest = Math.min(255, origin[index]! + radius);
    current[index] = Math.min(highest, Math.max(lowest, moved));
  }
}
