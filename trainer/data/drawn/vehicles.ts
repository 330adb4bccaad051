import type { Colour } from '../embedded/colour.ts';
import { type Distance, type Point, polygon } from '../embedded/polygon.ts';
import type { Random } from '../random.ts';

/** A part of a vehicle in one colour. */
export interface Part {
  readonly outline: Distance;
  readonly colour: Colour;
}

/** A vehicle from its left side, in the unit circle, its y axis pointing down. */
export interface Vehicle {
  /** The class of CIFAR-10. */
  readonly name: string;
  /** Whether it stands on the ground, swims in water or flies. */
  readonly place: 'road' | 'water' | 'air';
  /** Its parts, the hindmost first. */
  readonly parts: (random: Random, paint: Colour) => Part[];
}

const GLASS: Colour = [150, 185, 205];
const TYRE: Colour = [25, 25, 28];
const RIM: Colour = [150, 150, 155];
const WHITE: Colour = [235, 235, 232];
const RED: Colour = [170, 50, 40];

export const vehicles: readonly Vehicle[] = [
  { name: 'automobile', place: 'road', parts: automobile },
  { name: 'ship', place: 'water', parts: ship },
  { name: 'airplane', place: 'air', parts: airplane },
];

function automobile(random: Random, paint: Colour): Part[] {
  const roof = random.between(-0.5, -0.4);
  const [front, back] = [random.between(0.2, 0.35), random.between(-0.4, -0.25)];
  const wheels = [-0.52, 0.52];
  return [
    part(
      paint,
      [-0.95, -0.08],
      [-0.6, -0.15],
      [back, roof],
      [front, roof],
      [0.55, -0.13],
      [0.95, 0],
      [0.95, 0.28],
      [-0.95, 0.28],
    ),
    part(GLASS, [-0.5, -0.13], [back + 0.03, roof + 0.08], [-0.05, roof + 0.08], [-0.05, -0.13]),
    part(GLASS, [0.02, -0.13], [0.02, roof + 0.08], [front - 0.03, roof + 0.08], [0.45, -0.13]),
    ...wheels.map((x) => disc(x, 0.28, 0.22, TYRE)),
    ...wheels.map((x) => disc(x, 0.28, 0.1, RIM)),
  ];
}

function ship(random: Random, paint: Colour): Part[] {
  const deck = random.between(0.02, 0.12);
  const bridge = random.between(-0.45, -0.2);
  const funnel = bridge + random.between(0.35, 0.55);
  return [
    part(RED, [funnel, -0.62], [funnel + 0.16, -0.62], [funnel + 0.16, deck], [funnel, deck]),
    part(WHITE, [bridge, -0.3], [bridge + 0.75, -0.3], [bridge + 0.8, deck], [bridge - 0.05, deck]),
    part(
      GLASS,
      [bridge + 0.04, -0.22],
      [bridge + 0.7, -0.22],
      [bridge + 0.7, -0.12],
      [bridge + 0.04, -0.12],
    ),
    part(paint, [-0.98, deck - 0.08], [0.95, deck], [0.85, 0.38], [-0.72, 0.38]),
    part(RED, [-0.76, 0.3], [0.87, 0.3], [0.83, 0.42], [-0.7, 0.42]),
  ];
}

function airplane(random: Random, paint: Colour): Part[] {
  const body = random.between(0.1, 0.14);
  const wing = random.between(0.3, 0.45);
  return [
    part(paint, [0.95, -0.5], [0.78, -0.5], [0.5, -body], [0.85, -body]),
    part(
      WHITE,
      [-0.8, -body],
      [0.9, -body],
      [0.95, -0.02],
      [0.5, body],
      [-0.8, body],
      [-0.98, 0.04],
    ),
    part(GLASS, [-0.86, -0.07], [-0.76, -0.08], [-0.76, -0.02], [-0.92, -0.01]),
    part(paint, [-0.2, 0.02], [0.15, 0.02], [0.5, wing], [0.32, wing]),
    disc(0.02, 0.22, 0.08, paint),
  ];
}

function part(colour: Colour, ...corners: readonly Point[]): Part {
  return { outline: polygon(...corners), colour };
}

function disc(x: number, y: number, radius: number, colour: Colour): Part {
  const outline: Distance = (u, v) => Math.sqrt((u - x) * (u - x) + (v - y) * (v - y)) - radius;
  return { outline, colour };
}
