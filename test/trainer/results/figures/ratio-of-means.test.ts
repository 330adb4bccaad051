import { describe, expect, test } from 'vitest';
import { randomFor } from '../../../../trainer/data/random.ts';
import { ratioOfMeans } from '../../../../trainer/results/figures/ratio-of-means.ts';

const normals = (name: string, count: number, mean: number, deviation: number) => {
  const random = randomFor(3, name);
  return Array.from({ length: count }, () => mean + deviation * random.normal());
};

describe('the ratio of two means', () => {
  test('is exact where nothing varies', () => {
    const pairs = [
      { above: [6, 6], below: [2, 2] },
      { above: [3], below: [1] },
    ];
    expect(ratioOfMeans(pairs, 1)).toEqual({ mean: 3, low: 3, high: 3, count: 2 });
  });

  test('gives every pair the same weight, however many values it has', () => {
    const pairs = [
      { above: [10, 10, 10, 10], below: [1, 1, 1, 1] },
      { above: [2], below: [1] },
    ];
    expect(ratioOfMeans(pairs, 1).mean).toBeCloseTo(6, 12);
  });

  test('has the interval that propagation of errors gives to many values', () => {
    const [n, deviation] = [2000, 1];
    const pair = {
      above: normals('above', n, 10, deviation),
      below: normals('below', n, 2, deviation),
    };
    const { mean, low, high } = ratioOfMeans([pair], 1);
    const relative = Math.hypot(deviation / 10, deviation / 2) / Math.sqrt(n);
    expect(mean).toBeCloseTo(5, 0);
    expect((high - low) / (2 * 1.96 * relative * mean)).toBeCloseTo(1, 1);
  });

  test('has no interval where the same edits drew both: they are drawn together', () => {
    const below = normals('below', 50, 2, 0.5);
    const { low, high } = ratioOfMeans([{ above: below.map((value) => 4 * value), below }], 1);
    expect(low).toBeCloseTo(4, 9);
    expect(high).toBeCloseTo(4, 9);
  });

  test('widens with what differs between pairs', () => {
    const alike = [0, 1, 2, 3].map(() => ({ above: [8], below: [2] }));
    const unlike = [2, 4, 8, 16].map((above) => ({ above: [above], below: [2] }));
    expect(ratioOfMeans(alike, 1)).toMatchObject({ low: 4, high: 4 });
    const { low, high } = ratioOfMeans(unlike, 1);
    expect(low).toBeLessThan(2.5);
    expect(high).toBeGreaterThan(5);
  });

  test('is infinite where the mean below is not above 0', () => {
    const { mean, high } = ratioOfMeans([{ above: [1, 1], below: [-1, 1] }], 1);
    expect([mean, high]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  test.each([
    [[], []],
    [[1], []],
    [[1, 2], [1]],
  ])('refuses %j over %j', (above, below) => {
    expect(() => ratioOfMeans([{ above, below }], 1)).toThrow(RangeError);
  });
});
