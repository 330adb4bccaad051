import type { Random } from '../random.ts';
import { blend, type Canvas, coverage } from './canvas.ts';
import { type Colour, mix, randomColour } from './colour.ts';
import { direction, side } from './pose.ts';

/**
 * Paints what a picture shows: a bevelled body lit from one side, in a gradient of two colours, sometimes
 * striped, with its shadow on the background.
 * @param field distances to its outline, [side,side]
 * @param edge width of its edge in pixels: how far it is out of focus
 */
export function paintSubject(
  canvas: Canvas,
  random: Random,
  field: Float32Array,
  colour: Colour,
  edge: number,
): void {
  const [lightX, lightY] = direction(random);
  paintShadow(canvas, field, Math.round(-2 * lightX), Math.round(-2 * lightY), edge + 2);
  const [red, green, blue] = colour;
  const [toRed, toGreen, toBlue] = mix(colour, randomColour(random), 0.3);
  const [gradientX, gradientY] = direction(random);
  const [stripeX, stripeY] = direction(random);
  const striped = random.chance(0.3) ? random.between(0.7, 0.9) : 1;
  const period = random.between(3, 6);
  const bevel = random.between(20, 60);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const pixel = y * side + x;
      const distance = field[pixel]!;
      const share = coverage(distance, edge);
      if (share === 0) continue;
      const gradient = 0.5 + (x / side - 0.5) * gradientX + (y / side - 0.5) * gradientY;
      const phase = (x * stripeX + y * stripeY) / period;
      const shade = phase - Math.floor(phase) < 0.5 ? striped : 1;
      const rim = coverage(-1.5 - distance, 3);
      const light = rim > 0 ? bevel * rim * slope(field, x, y, lightX, lightY) : 0;
      blend(
        canvas,
        pixel,
        (red + (toRed - red) * gradient) * shade + light,
        (green + (toGreen - green) * gradient) * shade + light,
        (blue + (toBlue - blue) * gradient) * shade + light,
        share,
      );
    }
  }
}

/** How much the bevel at (x, y) faces the light, -1 to 1. */
function slope(field: Float32Array, x: number, y: number, lightX: number, lightY: number): number {
  const left = field[y * side + Math.max(0, x - 1)]!;
  const right = field[y * side + Math.min(side - 1, x + 1)]!;
  const above = field[Math.max(0, y - 1) * side + x]!;
  const below = field[Math.min(side - 1, y + 1) * side + x]!;
  const facing = ((right - left) * lightX + (below - above) * lightY) / 2;
  return Math.max(-1, Math.min(1, facing));
}

function paintShadow(
  canvas: Canvas,
  field: Float32Array,
  right: number,
  down: number,
  edge: number,
): void {
  for (let row = Math.max(0, down); row < Math.min(side, side + down); row++) {
    for (let column = Math.max(0, right); column < Math.min(side, side + right); column++) {
      const distance = field[(row - down) * side + column - right]!;
      const share = 0.35 * coverage(distance, edge);
      if (share > 0) blend(canvas, row * side + column, 0, 0, 0, share);
    }
  }
}
