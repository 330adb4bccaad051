import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bestScales,
  quantiseWeights,
  ZERO_POINT,
} from '../../../../exporter/format/precision/int8/quantised-weights.ts';

const weight = fc.float({ min: -8, max: 8, noNaN: true });

/** The squared error of one channel's weights, as the bytes and the scale give them back. */
function errorOf(weights: readonly number[], bytes: ArrayLike<number>, scale: number): number {
  return weights.reduce((sum, each, i) => sum + ((bytes[i]! - ZERO_POINT) * scale - each) ** 2, 0);
}

test('no weight is worse off than by its channel with the largest weight as its scale', () => {
  fc.assert(
    fc.property(fc.array(weight, { minLength: 2, maxLength: 40 }), (weights) => {
      const data = Float32Array.from([...weights, ...weights.map((each) => 2 * each)]);
      const scales = bestScales(data, 2);
      const bytes = quantiseWeights(data, scales);
      const step = Math.max(...weights.map(Math.abs)) / 127;
      const bound = weights.length * (step / 2) ** 2 + 1e-9;
      expect(errorOf(weights, bytes, scales[0]!)).toBeLessThanOrEqual(bound * 1.001);
      expect([...bytes.slice(0, weights.length)]).toEqual([...bytes.slice(weights.length)]);
      for (const byte of bytes) expect(Math.abs(byte - ZERO_POINT)).toBeLessThanOrEqual(127);
    }),
  );
});

test('a lone large weight is clipped where that serves the others', () => {
  const weights = Float32Array.from({ length: 4000 }, (_, index) => Math.sin(index));
  weights[7] = 1.2;
  const scales = bestScales(weights, 1);
  expect(scales[0]!).toBeLessThan(1.2 / 127);
});

test('weights that are all zero stay so', () => {
  const scales = bestScales(new Float32Array(6), 2);
  const bytes = quantiseWeights(new Float32Array(6), scales);
  expect([...bytes]).toEqual(Array(6).fill(ZERO_POINT));
  expect([...scales]).toEqual([1, 1]);
});
