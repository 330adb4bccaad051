import { expose } from '../embedded/camera.ts';
import { blankCanvas, type Canvas, layColour, side } from '../embedded/canvas.ts';
import { type Colour, mix, randomColour } from '../embedded/colour.ts';
import { levelDirection } from '../embedded/direction.ts';
import { distanceField, maskOf, type Pose } from '../embedded/distance-field.ts';
import type { PictureSet } from '../picture-set.ts';
import { type Random, randomFor } from '../random.ts';
import { type Vehicle, vehicles } from './vehicles.ts';

const GROUND: Readonly<Record<Vehicle['place'], Colour>> = {
  road: [105, 104, 100],
  water: [50, 90, 125],
  air: [165, 195, 225],
};
const SKY: Colour = [150, 190, 230];
const HAZE: Colour = [225, 230, 235];

/**
 * Draws automobiles, ships and airplanes, 32 x 32, by turns: classes of CIFAR-10, unlike any photograph of
 * it. A picture depends on its number alone, and is the same on every machine.
 * @param labelNames those of the pictures' labels, which must contain the three
 */
export function drawVehicles(labelNames: readonly string[], count: number): PictureSet {
  const size = side * side * 3;
  const pixels = new Uint8ClampedArray(count * size);
  const labels = new Uint16Array(count);
  for (let index = 0; index < count; index++) {
    const vehicle = vehicles[index % vehicles.length]!;
    labels[index] = labelNames.indexOf(vehicle.name);
    const random = randomFor(1, 'vehicle', index);
    draw(vehicle, random, pixels.subarray(index * size, (index + 1) * size));
  }
  return {
    name: 'drawn-vehicles',
    height: side,
    width: side,
    labelNames,
    count,
    pixels: new Uint8Array(pixels.buffer),
    labels,
  };
}

function draw(vehicle: Vehicle, random: Random, pixels: Uint8ClampedArray): void {
  const canvas = blankCanvas();
  const horizon = vehicle.place === 'air' ? side : side * random.between(0.45, 0.65);
  paintScene(canvas, horizon, random, GROUND[vehicle.place]);
  const pose: Pose = {
    x: side / 2 + random.between(-2, 2),
    y: side * 0.55 + random.between(-2, 2),
    size: random.between(11, 15),
    stretch: 1,
    axis: levelDirection(random, vehicle.place === 'air' ? 0.25 : 0.04),
  };
  const mirrored = random.chance(0.5) ? -1 : 1;
  for (const { outline, colour } of vehicle.parts(random, randomColour(random))) {
    const field = distanceField((x, y) => outline(mirrored * x, y), pose);
    layColour(canvas, maskOf(field, { edge: 1.2 }), colour);
  }
  expose(canvas, random, random.between(2, 8), pixels);
}

/** Sky over ground, each fading towards the horizon. */
function paintScene(canvas: Canvas, horizon: number, random: Random, ground: Colour): void {
  const sky = mix(SKY, randomColour(random), random.between(0, 0.3));
  const floor = mix(ground, randomColour(random), random.between(0, 0.25));
  for (let row = 0; row < side; row++) {
    const above = row < horizon;
    const depth = above ? row / horizon : (row - horizon) / (side - horizon);
    const [red, green, blue] = above
      ? mix(sky, HAZE, 0.7 * depth)
      : mix(HAZE, floor, 0.5 + 0.5 * depth);
    for (let column = 0; column < side; column++) {
      const first = (row * side + column) * 3;
      canvas[first] = red;
      canvas[first + 1] = green;
      canvas[first + 2] = blue;
    }
  }
}
