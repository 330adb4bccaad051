import { expect, test } from 'vitest';
import { activationScale } from '../../../../exporter/format/precision/int8/activation-scale.ts';

const BINS = 1000;

function observed(least: number, largest: number, density: (value: number) => number) {
  const width = (largest - least) / BINS;
  const histogram = Float64Array.from({ length: BINS }, (_, bin) =>
    density(least + (bin + 0.5) * width),
  );
  return { least, largest, histogram, means: new Float64Array(1) };
}

test('evenly spread values keep their whole range', () => {
  const { scale, zeroPoint } = activationScale(observed(0, 10, () => 5));
  expect(scale).toBeGreaterThan(9.7 / 255);
  expect(scale).toBeLessThanOrEqual(Math.fround(10 / 255));
  expect(zeroPoint).toBe(0);
});

test('a few large values are clipped for the many small ones', () => {
  const { scale } = activationScale(
    observed(0, 10, (value) => (value < 5 ? 1e6 : value > 9.9 ? 1 : 0)),
  );
  expect(scale).toBeLessThan(6 / 255);
});

test('values of both signs have their zero within, exactly', () => {
  const { scale, zeroPoint } = activationScale(observed(-2, 6, () => 1));
  expect(Number.isInteger(zeroPoint)).toBe(true);
  expect(zeroPoint * scale).toBeCloseTo(2, 1);
});

test('a value that is always 0 has a scale', () => {
  expect(activationScale(observed(0, 0, () => 1))).toEqual({ scale: 1, zeroPoint: 0 });
});
