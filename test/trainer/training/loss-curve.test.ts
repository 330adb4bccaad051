import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LossCurve, POINT_STEPS } from '../../../trainer/training/loss-curve.ts';

const losses = (count: number) => Array.from({ length: count }, (_, i) => Math.sin(7 * i) + 2);

/** The points of a curve of `count` updates, stored and taken up again at each of `breaks`. */
function curveOf(count: number, breaks: readonly number[] = []) {
  let curve = new LossCurve([]);
  losses(count).forEach((loss, index) => {
    if (breaks.includes(index)) curve = new LossCurve(JSON.parse(JSON.stringify(curve.points)));
    curve.add(index + 1, { loss, accuracy: loss / 4 });
  });
  return curve.points;
}

test('a point is the mean over 20 updates, the last one over those that are left', () => {
  const points = curveOf(47);
  expect(points.map(({ step, updates }) => [step, updates])).toEqual([
    [20, 20],
    [40, 20],
    [47, 7],
  ]);
  points.forEach((point, index) => {
    const covered = losses(47).slice(index * POINT_STEPS, (index + 1) * POINT_STEPS);
    const mean = covered.reduce((sum, loss) => sum + loss) / covered.length;
    expect(point.loss).toBeCloseTo(mean, 12);
    expect(point.accuracy).toBeCloseTo(mean / 4, 12);
  });
});

test('a curve that is stored and taken up anywhere is the same to the last bit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 90 }),
      fc.array(fc.integer({ min: 0, max: 90 })),
      (count, breaks) => {
        expect(curveOf(count, breaks)).toEqual(curveOf(count));
      },
    ),
  );
});

test('points that have been given out do not change', () => {
  const curve = new LossCurve([]);
  curve.add(1, { loss: 1 });
  const early = curve.points;
  curve.add(2, { loss: 3 });
  expect(early).toEqual([{ step: 1, updates: 1, loss: 1 }]);
});
