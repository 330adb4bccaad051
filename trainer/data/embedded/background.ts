import type { Random } from '../random.ts';
import { type Canvas, side } from './canvas.ts';
import { type Colour, mix, randomColour } from './colour.ts';
import { anyDirection } from './direction.ts';
import { paintPiece } from './piece.ts';

/** Paints a background around a colour: a gradient, cloudy texture, and scattered pieces out of focus. */
export function paintBackground(canvas: Canvas, random: Random, colour: Colour): void {
  paintGradient(canvas, random, colour);
  paintClouds(canvas, random, random.between(5, 30));
  const pieces = 2 + random.integer(4);
  for (let piece = 0; piece < pieces; piece++) {
    const shade = mix(colour, randomColour(random), random.between(0.2, 0.7));
    paintPiece(canvas, random, shade, random.between(0.3, 0.8));
  }
}

function paintGradient(canvas: Canvas, random: Random, colour: Colour): void {
  const [fromRed, fromGreen, fromBlue] = mix(colour, randomColour(random), 0.25);
  const [toRed, toGreen, toBlue] = mix(colour, randomColour(random), 0.25);
  const [right, down] = anyDirection(random);
  const width = side;
  for (let row = 0; row < width; row++) {
    for (let column = 0; column < width; column++) {
      const share = 0.5 + 0.7 * ((column / width - 0.5) * right + (row / width - 0.5) * down);
      const first = (row * width + column) * 3;
      canvas[first] = fromRed + (toRed - fromRed) * share;
      canvas[first + 1] = fromGreen + (toGreen - fromGreen) * share;
      canvas[first + 2] = fromBlue + (toBlue - fromBlue) * share;
    }
  }
}

/** Value noise: smooth interpolation of a coarse grid of random brightnesses. */
function paintClouds(canvas: Canvas, random: Random, strength: number): void {
  const cells = 3 + random.integer(5);
  const grid = Float32Array.from({ length: (cells + 1) * (cells + 1) }, () =>
    random.between(-strength, strength),
  );
  const width = side;
  for (let row = 0; row < width; row++) {
    const cellRow = Math.floor((row * cells) / width);
    const below = smooth((row * cells) / width - cellRow);
    for (let column = 0; column < width; column++) {
      const cellColumn = Math.floor((column * cells) / width);
      const across = smooth((column * cells) / width - cellColumn);
      const corner = cellRow * (cells + 1) + cellColumn;
      const upper = grid[corner]! + (grid[corner + 1]! - grid[corner]!) * across;
      const next = corner + cells + 1;
      const lower = grid[next]! + (grid[next + 1]! - grid[next]!) * across;
      const brightness = upper + (lower - upper) * below;
      const first = (row * width + column) * 3;
      canvas[first]! += brightness;
      canvas[first + 1]! += brightness;
      canvas[first + 2]! += brightness;
    }
  }
}

function smooth(share: number): number {
  return share * share * (3 - 2 * share);
}
