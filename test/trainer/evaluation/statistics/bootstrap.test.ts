import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomFor } from '../../../../trainer/data/random.ts';
import { estimate } from '../../../../trainer/evaluation/statistics/bootstrap.ts';

const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), {
  minLength: 1,
  maxLength: 30,
});

describe('the estimate of a mean', () => {
  test('lies in its interval, which lies within the values', () => {
    fc.assert(
      fc.property(values, fc.nat(), (sample, seed) => {
        const { mean, low, high, count } = estimate(sample, seed)!;
        const slack = 1e-9;
        expect(count).toBe(sample.length);
        expect(mean).toBeCloseTo(sample.reduce((sum, value) => sum + value) / sample.length, 8);
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(Math.min(...sample) - slack);
        expect(high).toBeLessThanOrEqual(Math.max(...sample) + slack);
        expect(estimate(sample, seed)).toEqual({ mean, low, high, count });
      }),
      { numRuns: 40 },
    );
  });

  test('moves and scales with the values, since samples of one size share their draws', () => {
    const sample = [3, 1, 4, 1, 5, 9, 2, 6];
    const plain = estimate(sample, 7)!;
    const moved = estimate(
      sample.map((value) => 2 * value + 10),
      7,
    )!;
    for (const end of ['mean', 'low', 'high'] as const) {
      expect(moved[end]).toBeCloseTo(2 * plain[end] + 10, 9);
    }
  });

  test('has the width that the normal approximation gives to the mean of many values', () => {
    const random = randomFor(5, 'sample');
    const sample = Array.from({ length: 400 }, () => random.normal());
    const mean = sample.reduce((sum, value) => sum + value) / 400;
    const variance = sample.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 400;
    const half = 1.96 * Math.sqrt(variance / 400);
    const { low, high } = estimate(sample, 1)!;
    expect(Math.abs(low - (mean - half))).toBeLessThan(0.1 * half);
    expect(Math.abs(high - (mean + half))).toBeLessThan(0.1 * half);
  });

  test('covers the true rate about as often as it says', () => {
    let covered = 0;
    for (let trial = 0; trial < 60; trial++) {
      const random = randomFor(trial, 'coin');
      const { low, high } = estimate(
        Array.from({ length: 100 }, () => Number(random.chance(0.3))),
        trial,
      )!;
      if (low <= 0.3 && 0.3 <= high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(50);
  });

  test('of values that are all the same is that value, and of none is null', () => {
    expect(estimate([0.1, 0.1, 0.1], 1)).toEqual({ mean: 0.1, low: 0.1, high: 0.1, count: 3 });
    expect(estimate([], 1)).toBeNull();
  });
});
