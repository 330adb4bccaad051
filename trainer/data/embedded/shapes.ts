import type { Random } from '../random.ts';
import { type Distance, polygon } from './polygon.ts';

/** A class of the embedded data set: draws one of its outlines, within the unit circle. */
export interface ShapeClass {
  readonly name: string;
  readonly draw: (random: Random) => Distance;
}

/**
 * The ten classes, in the order of their labels. Each outline's mirror image is of the same class, so
 * that a mirrored picture keeps its label.
 */
export const shapeClasses: readonly ShapeClass[] = [
  { name: 'disc', draw: () => (x, y) => length(x, y) - 0.88 },
  { name: 'ring', draw: ring },
  { name: 'square', draw: () => box(0.72, 0.72) },
  { name: 'triangle', draw: triangle },
  { name: 'star', draw: star },
  { name: 'cross', draw: cross },
  { name: 'crescent', draw: crescent },
  { name: 'heart', draw: () => heart },
  { name: 'drop', draw: drop },
  { name: 'arrow', draw: arrow },
];

function ring(random: Random): Distance {
  const thickness = random.between(0.15, 0.24);
  return (x, y) => Math.abs(length(x, y) - (0.95 - thickness)) - thickness;
}

function triangle(random: Random): Distance {
  const half = random.between(0.7, 0.92);
  return polygon([0, -0.95], [half, 0.62], [-half, 0.62]);
}

/** Five points; cosine and sine of multiples of 36 degrees are written out. */
function star(random: Random): Distance {
  const inner = random.between(0.4, 0.52);
  return polygon(
    [0, -1],
    [0.5878 * inner, -0.809 * inner],
    [0.9511, -0.309],
    [0.9511 * inner, 0.309 * inner],
    [0.5878, 0.809],
    [0, inner],
    [-0.5878, 0.809],
    [-0.9511 * inner, 0.309 * inner],
    [-0.9511, -0.309],
    [-0.5878 * inner, -0.809 * inner],
  );
}

function cross(random: Random): Distance {
  const arm = random.between(0.22, 0.33);
  const upright = box(arm, 0.92);
  const level = box(0.92, arm);
  return (x, y) => Math.min(upright(x, y), level(x, y));
}

/** Opens to the right or to the left. */
function crescent(random: Random): Distance {
  const shift = random.between(0.38, 0.55) * (random.chance(0.5) ? 1 : -1);
  const bite = random.between(0.68, 0.76);
  return (x, y) => Math.max(length(x, y) - 0.95, bite - length(x - shift, y));
}

/** Quilez' heart, moved and scaled into the unit circle. */
function heart(x: number, y: number): number {
  const scale = 1.55;
  const across = Math.abs(x) / scale;
  const up = (0.92 - y) / scale;
  if (across + up > 1) return (length(across - 0.25, up - 0.75) - 0.35355339) * scale;
  const diagonal = 0.5 * Math.max(across + up, 0);
  const nearest = Math.min(length(across, up - 1), length(across - diagonal, up - diagonal));
  return (across > up ? nearest : -nearest) * scale;
}

/** A disc with a tip: the cone from the tip touches the disc where the two radii meet at right angles. */
function drop(random: Random): Distance {
  const radius = random.between(0.5, 0.6);
  const centre = 0.95 - radius;
  const reach = centre + 1;
  const touch = (radius * radius) / reach;
  const side = radius * Math.sqrt(1 - (radius / reach) * (radius / reach));
  const cone = polygon([0, -1], [side, centre - touch], [-side, centre - touch]);
  return (x, y) => Math.min(length(x, y - centre) - radius, cone(x, y));
}

function arrow(random: Random): Distance {
  const neck = random.between(-0.2, 0.1);
  const shaft = random.between(0.18, 0.28);
  const head = random.between(0.6, 0.75);
  return polygon(
    [0, -1],
    [head, neck],
    [shaft, neck],
    [shaft, 0.92],
    [-shaft, 0.92],
    [-shaft, neck],
    [-head, neck],
  );
}

function box(halfWidth: number, halfHeight: number): Distance {
  return (x, y) => {
    const right = Math.abs(x) - halfWidth;
    const below = Math.abs(y) - halfHeight;
    return length(Math.max(right, 0), Math.max(below, 0)) + Math.min(Math.max(right, below), 0);
  };
}

/** Math.hypot is not exactly rounded, this is. */
function length(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}
