import type { Random } from '../random.ts';
import { blankCanvas, type Canvas, layCanvas, layColour, side } from './canvas.ts';
import { type Colour, mix, randomColour } from './colour.ts';
import { anyDirection, type Direction } from './direction.ts';
import { type DistanceField, maskOf } from './distance-field.ts';

const black: Colour = [0, 0, 0];

/**
 * Paints what a picture shows: a bevelled body lit from one side, in a gradient of two colours, sometimes
 * striped, with its shadow on the background.
 * @param edge width of its edge in pixels: how far it is out of focus
 */
export function paintSubject(
  canvas: Canvas,
  random: Random,
  field: DistanceField,
  colour: Colour,
  edge: number,
): void {
  const light = anyDirection(random);
  const shadow = maskOf(field, {
    edge: edge + 2,
    opacity: 0.35,
    right: Math.round(-2 * light[0]),
    down: Math.round(-2 * light[1]),
  });
  layColour(canvas, shadow, black);
  layCanvas(canvas, maskOf(field, { edge }), body(random, field, edge, colour, light));
}

function body(
  random: Random,
  field: DistanceField,
  edge: number,
  colour: Colour,
  [lightX, lightY]: Direction,
): Canvas {
  const width = side;
  const [red, green, blue] = colour;
  const [toRed, toGreen, toBlue] = mix(colour, randomColour(random), 0.3);
  const [gradientX, gradientY] = anyDirection(random);
  const [stripeX, stripeY] = anyDirection(random);
  const stripe = random.chance(0.3) ? random.between(0.7, 0.9) : 1;
  const period = random.between(3, 6);
  const bevel = random.between(20, 60);
  const canvas = blankCanvas();
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) {
      const distance = field[y * width + x]!;
      if (distance > edge) continue;
      const gradient = 0.5 + (x / width - 0.5) * gradientX + (y / width - 0.5) * gradientY;
      const phase = (x * stripeX + y * stripeY) / period;
      const shade = phase - Math.floor(phase) < 0.5 ? stripe : 1;
      const rim = Math.max(0, Math.min(1, 1 + distance / 3));
      const light = rim > 0 ? bevel * rim * slope(field, x, y, lightX, lightY) : 0;
      const first = (y * width + x) * 3;
      canvas[first] = (red + (toRed - red) * gradient) * shade + light;
      canvas[first + 1] = (green + (toGreen - green) * gradient) * shade + light;
      canvas[first + 2] = (blue + (toBlue - blue) * gradient) * shade + light;
    }
  }
  return canvas;
}

/** How much the bevel at (x, y) faces the light, -1 to 1. */
function slope(field: DistanceField, x: number, y: number, lightX: number, lightY: number): number {
  const width = side;
  const left = field[y * width + Math.max(0, x - 1)]!;
  const right = field[y * width + Math.min(width - 1, x + 1)]!;
  const above = field[Math.max(0, y - 1) * width + x]!;
  const below = field[Math.min(width - 1, y + 1) * width + x]!;
  const facing = ((right - left) * lightX + (below - above) * lightY) / 2;
  return Math.max(-1, Math.min(1, facing));
}
