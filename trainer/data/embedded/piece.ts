import type { Random } from '../random.ts';
import { blankMask, type Canvas, layColour, side } from './canvas.ts';
import type { Colour } from './colour.ts';
import { anyDirection } from './direction.ts';

/** Used again for each piece: there are many, and allocating took longer than painting. */
const mask = blankMask();

/** Paints a bar or a blob that means nothing, anywhere: clutter behind the subject, or before it. */
export function paintPiece(canvas: Canvas, random: Random, colour: Colour, opacity: number): void {
  drawMask(random, opacity);
  layColour(canvas, mask, colour);
}

/** A capsule: all points within a radius of a line, with a soft edge. */
function drawMask(random: Random, opacity: number): void {
  const radius = random.chance(0.5) ? random.between(1, 3) : random.between(3, 9);
  const length = random.between(0, 8);
  const edge = random.between(1, 5);
  const width = side;
  const x = random.between(0, width);
  const y = random.between(0, width);
  const [cosine, sine] = anyDirection(random);
  const reach = radius + length + edge;
  const lastRow = Math.min(width - 1, Math.ceil(y + reach));
  const firstColumn = Math.max(0, Math.floor(x - reach));
  const lastColumn = Math.min(width - 1, Math.ceil(x + reach));
  mask.fill(0);
  for (let row = Math.max(0, Math.floor(y - reach)); row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const offX = column + 0.5 - x;
      const offY = row + 0.5 - y;
      const along = Math.max(0, Math.abs(offX * cosine + offY * sine) - length);
      const across = offY * cosine - offX * sine;
      const distance = Math.sqrt(along * along + across * across) - radius;
      mask[row * width + column] = opacity * Math.max(0, Math.min(1, 0.5 - distance / edge));
    }
  }
}
