import fc from 'fast-check';
import { expect, test } from 'vitest';
import { histogram } from '../../../../trainer/evaluation/statistics/histogram.ts';
import { quantile } from '../../../../trainer/evaluation/statistics/quantile.ts';

const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), {
  minLength: 1,
  maxLength: 30,
});

test('quantiles are those of definition 7: numpy.quantile gives the same', () => {
  expect(quantile([4, 1, 3, 2], 0)).toBe(1);
  expect(quantile([4, 1, 3, 2], 1)).toBe(4);
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([4, 1, 3, 2], 0.95)).toBeCloseTo(3.85, 12);
  expect(quantile([10, 20, 50], 0.25)).toBe(15);
  expect(quantile([7], 0.95)).toBe(7);
  // Numbers are not sorted as text.
  expect(quantile([10, 9, 100], 0.5)).toBe(10);
});

test('at least a share of the values is at or below a quantile, which rises with the share', () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (sample, share) => {
      const at = quantile(sample, share);
      const below = sample.filter((value) => value <= at + 1e-9).length;
      expect(below).toBeGreaterThanOrEqual(Math.floor(share * (sample.length - 1)) + 1);
      expect(at).toBeLessThanOrEqual(quantile(sample, 1) + 1e-9);
    }),
  );
});

test('a histogram counts every value once, in the bin whose edges are around it', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 12 }), (sample, bins) => {
      const { edges, counts } = histogram(sample, bins);
      expect(edges).toHaveLength(counts.length + 1);
      expect(counts.reduce((sum, count) => sum + count)).toBe(sample.length);
      const slack = 1e-9 * (1 + Math.abs(edges.at(-1)! - edges[0]!));
      for (const [bin, count] of counts.entries()) {
        const around = sample.filter(
          (value) => value >= edges[bin]! - slack && value <= edges[bin + 1]! + slack,
        );
        expect(around.length).toBeGreaterThanOrEqual(count);
      }
    }),
  );
  expect(histogram([0, Number.MIN_VALUE], 2).counts).toEqual([1, 1]);
  expect(histogram([0, 1, 1, 2, 3, 4], 4)).toEqual({
    edges: [0, 1, 2, 3, 4],
    counts: [1, 2, 1, 2],
  });
});
