import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Point, polygon } from '../../../../trainer/data/embedded/polygon.ts';
import { shapeClasses } from '../../../../trainer/data/embedded/shapes.ts';
import { randomFor } from '../../../../trainer/data/random.ts';

const grid = Array.from({ length: 21 }, (_, i) => (i - 10) / 8);

/** How often each point of the grid lies inside, over many outlines of a class. */
function inside(label: number, mirrored: boolean): number[] {
  const random = randomFor(1, label);
  const outlines = Array.from({ length: 400 }, () => shapeClasses[label]!.draw(random));
  return grid.flatMap((y) =>
    grid.map((x) => outlines.filter((d) => d(mirrored ? -x : x, y) < 0).length / 400),
  );
}

describe.each(shapeClasses.map(({ name }, label) => [name, label] as const))('%s', (_, label) => {
  test('its mirror image is of its class', () => {
    const mirror = inside(label, true);
    inside(label, false).forEach((share, i) => {
      expect(Math.abs(share - mirror[i]!)).toBeLessThan(0.15);
    });
  });

  test('fills a good part of the unit circle and stays within it', () => {
    const random = randomFor(2, label);
    for (let draw = 0; draw < 50; draw++) {
      const distance = shapeClasses[label]!.draw(random);
      let area = 0;
      for (const x of grid) {
        for (const y of grid) {
          if (distance(x, y) >= 0) continue;
          area += 1 / 64;
          expect(x * x + y * y).toBeLessThan(1.1);
        }
      }
      expect(area).toBeGreaterThan(0.6);
    }
  });

  test('distances are never longer than the way to the outline', () => {
    const random = randomFor(3, label);
    const distance = shapeClasses[label]!.draw(random);
    const coordinate = () => fc.double({ min: -1.5, max: 1.5, noNaN: true });
    fc.assert(
      fc.property(coordinate(), coordinate(), coordinate(), coordinate(), (x, y, u, v) => {
        const apart = Math.hypot(x - u, y - v);
        expect(Math.abs(distance(x, y) - distance(u, v))).toBeLessThanOrEqual(apart + 1e-6);
      }),
    );
  });
});

test('the distance to a polygon is right for a rectangle', () => {
  const rectangle = polygon([-1, -2], [3, -2], [3, 1], [-1, 1]);
  const coordinate = () => fc.double({ min: -6, max: 6, noNaN: true });
  fc.assert(
    fc.property(coordinate(), coordinate(), (x, y) => {
      const right = Math.abs(x - 1) - 2;
      const below = Math.abs(y + 0.5) - 1.5;
      const expected =
        Math.hypot(Math.max(right, 0), Math.max(below, 0)) + Math.min(Math.max(right, below), 0);
      expect(rectangle(x, y)).toBeCloseTo(expected, 9);
    }),
  );
});

test('the sign of a polygon is negative inside, however it turns', () => {
  const hook: Point[] = [
    [0, 0],
    [4, 0],
    [4, 4],
    [3, 4],
    [3, 1],
    [0, 1],
  ];
  for (const turned of [hook, hook.toReversed()]) {
    const distance = polygon(...turned);
    expect(distance(3.5, 3)).toBeCloseTo(-0.5);
    expect(distance(1, 0.4)).toBeCloseTo(-0.4);
    expect(distance(1, 3)).toBeCloseTo(2);
    expect(distance(-1, 0.5)).toBeCloseTo(1);
  }
});
