import type { Random } from '../random.ts';
import { blend, type Canvas, coverage } from './canvas.ts';
import type { Colour } from './colour.ts';
import { direction, side } from './pose.ts';

/** Paints a bar or a blob that means nothing, anywhere: clutter behind the subject, or before it. */
export function paintPiece(
  canvas: Canvas,
  random: Random,
  [red, green, blue]: Colour,
  opacity: number,
): void {
  const radius = random.chance(0.5) ? random.between(1, 3) : random.between(3, 9);
  const length = random.between(0, 8);
  const edge = random.between(1, 5);
  const centreX = random.between(0, side);
  const centreY = random.between(0, side);
  const [cosine, sine] = direction(random);
  const reach = radius + length + edge;
  const lastRow = Math.min(side - 1, Math.ceil(centreY + reach));
  const firstColumn = Math.max(0, Math.floor(centreX - reach));
  const lastColumn = Math.min(side - 1, Math.ceil(centreX + reach));
  for (let row = Math.max(0, Math.floor(centreY - reach)); row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const offX = column + 0.5 - centreX;
      const offY = row + 0.5 - centreY;
      const along = Math.max(0, Math.abs(offX * cosine + offY * sine) - length);
      const across = offY * cosine - offX * sine;
      const distance = Math.sqrt(along * along + across * across) - radius;
      const share = opacity * coverage(distance, edge);
      if (share > 0) blend(canvas, row * side + column, red, green, blue, share);
    }
  }
}
