import type { Random } from '../random.ts';
import type { Canvas } from './canvas.ts';

/**
 * Takes the picture: rounds the canvas to bytes with sensor noise.
 * @param noise standard deviation, in steps of a byte
 */
export function expose(
  canvas: Canvas,
  random: Random,
  noise: number,
  pixels: Uint8ClampedArray,
): void {
  for (let i = 0; i < canvas.length; i++) {
    pixels[i] = Math.floor(canvas[i]! + noise * bell(random.uint32()) + 0.5);
  }
}

/** The sum of a word's four bytes, shifted and scaled to mean 0 and deviation 1: nearly normal, and quick. */
function bell(word: number): number {
  const sum = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
  return (sum - 510) / 147.8;
}
