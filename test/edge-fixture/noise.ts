import { random } from './random.ts';

export const SIDE = 32;

/** Seeded noise, [side,side,3] bytes. */
export function noise(seed: number, side = SIDE): Uint8Array {
  const next = random(seed);
  return Uint8Array.from({ length: side * side * 3 }, () => Math.floor(next() * 256));
}
