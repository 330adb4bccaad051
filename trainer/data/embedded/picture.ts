import type { Random } from '../random.ts';
import { paintBackground } from './background.ts';
import { expose } from './camera.ts';
import { blankCanvas, side } from './canvas.ts';
import { colourApart, mix, randomColour } from './colour.ts';
import { levelDirection } from './direction.ts';
import { distanceField } from './distance-field.ts';
import { paintPiece } from './piece.ts';
import { shapeClasses } from './shapes.ts';
import { paintSubject } from './subject.ts';

/**
 * Renders one picture of class `label` into `pixels`, [side,side,3]. Pictures differ in how hard they are:
 * most are plain, and a few are small, blurred, noisy, pale and half covered at once, so that a good
 * network still makes mistakes.
 */
export function renderPicture(label: number, random: Random, pixels: Uint8ClampedArray): void {
  const hardness = random.float() * random.float();
  const harder = () => hardness * random.float();
  const canvas = blankCanvas();
  const ground = randomColour(random);
  paintBackground(canvas, random, ground);
  const colour = colourApart(random, ground, 110 - 82 * hardness);
  const field = distanceField(shapeClasses[label]!.draw(random), {
    x: side / 2 + random.between(-3, 3),
    y: side / 2 + random.between(-3, 3),
    size: random.between(10, 13) - 6 * harder(),
    stretch: 1 - random.between(0, 0.25) - 0.2 * harder(),
    axis: levelDirection(random, 0.35 + 0.5 * harder()),
  });
  paintSubject(canvas, random, field, colour, 1 + 3 * harder());
  const covers = random.chance(1.5 * hardness) ? 1 + random.integer(3) : 0;
  for (let cover = 0; cover < covers; cover++) {
    paintPiece(canvas, random, mix(ground, randomColour(random), 0.5), random.between(0.5, 0.95));
  }
  expose(canvas, random, 4 + 27 * harder(), pixels);
}
