import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { featureCurvature } from '../../../trainer/curvature/feature-curvature.ts';
import { inverseCurvature } from '../../../trainer/curvature/inverse-curvature.ts';
import { secondMoment } from '../../../trainer/curvature/second-moment.ts';
import { pictureAt } from '../../../trainer/data/picture-set.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import { randomWeights } from '../export/random-network.ts';
import { resnet18Float64, toFloat64 } from '../network/resnet18-float64.ts';
import { stripes } from '../training/stripes.ts';

const value = fc.oneof(
  fc.constant(0),
  fc.double({ min: -3, max: 3, noNaN: true }).map(Math.fround),
);
const features = fc
  .record({ count: fc.integer({ min: 1, max: 7 }), size: fc.integer({ min: 1, max: 6 }) })
  .chain(({ count, size }) =>
    fc.record({
      count: fc.constant(count),
      rows: fc.array(fc.array(value, { minLength: size, maxLength: size }), {
        minLength: count,
        maxLength: count,
      }),
    }),
  );

/** E[h_i h_j] by its definition. */
const momentOf = (rows: readonly (readonly number[])[], one: number, other: number) =>
  rows.reduce((sum, row) => sum + row[one]! * row[other]!, 0) / rows.length;

test('the second moment is the mean of products', () => {
  fc.assert(
    fc.property(features, ({ rows, count }) => {
      const { shape, data } = secondMoment(Float32Array.from(rows.flat()), count);
      const size = rows[0]!.length;
      expect(shape).toEqual([size, size]);
      data.forEach((entry, at) => {
        expect(entry).toBeCloseTo(momentOf(rows, Math.floor(at / size), at % size), 4);
      });
    }),
  );
});

describe('the inverse', () => {
  test('times the curvature with a thousandth of its mean diagonal added is the identity', () => {
    fc.assert(
      fc.property(features, ({ rows, count }) => {
        const curvature = secondMoment(Float32Array.from(rows.flat()), count);
        const size = curvature.shape[0]!;
        const diagonal = Array.from({ length: size }, (_, at) => curvature.data[at * size + at]!);
        const mean = diagonal.reduce((sum, each) => sum + each, 0) / size;
        fc.pre(mean > 1e-2);
        const { shape, data } = inverseCurvature(curvature);
        expect(shape).toEqual([size, size]);
        for (let row = 0; row < size; row++) {
          for (let column = 0; column < size; column++) {
            let product = 0;
            for (let k = 0; k < size; k++) {
              const ridged = curvature.data[k * size + column]! + (k === column ? mean / 1000 : 0);
              product += data[row * size + k]! * ridged;
            }
            expect(product).toBeCloseTo(row === column ? 1 : 0, 2);
          }
        }
      }),
    );
  });

  test('of a layer that sees nothing is finite', () => {
    const { data } = inverseCurvature(secondMoment(new Float32Array(8), 2));
    expect(data.every(Number.isFinite)).toBe(true);
  });
});

describeEveryEngine((engine) => {
  test("a network's curvature is that of what its last layer takes of the training pictures", async () => {
    const side = 8;
    const data = stripes({ side, train: 9, test: 3 });
    const { preprocessing, train } = data;
    const architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 } as const;
    const weights = randomWeights(architecture, 61);
    const network = { architecture, weights, preprocessing };
    const curvature = await featureCurvature(engine, network, data);

    const { mean, std } = preprocessing;
    const rows = Array.from({ length: train.count }, (_, index) => {
      const { pixels } = pictureAt(train, index);
      const image = Float64Array.from({ length: 3 * side * side }, (__, at) => {
        const channel = Math.floor(at / (side * side));
        const level = pixels[(at % (side * side)) * 3 + channel]! / 255;
        return (level - mean[channel]!) / std[channel]!;
      });
      const images = { shape: [1, 3, side, side], data: image };
      return [...resnet18Float64(toFloat64(weights), images, 'eval').features.data];
    });
    expect(curvature.shape).toEqual([16, 16]);
    curvature.data.forEach((entry, at) => {
      const expected = momentOf(rows, Math.floor(at / 16), at % 16);
      expect(Math.abs(entry - expected)).toBeLessThan(1e-3 * Math.abs(expected) + 1e-6);
    });
  });
});
