import { expect, test } from 'vitest';
import { Random, randomFor } from '../../../trainer/data/random.ts';

function draws(count: number, draw: () => number): number[] {
  return Array.from({ length: count }, draw);
}

test('gives the published sequence of xoshiro128**', () => {
  // Reference vector of rand_xoshiro, made with the authors' C program from the state 1, 2, 3, 4.
  const random = new Random(Uint32Array.of(1, 2, 3, 4));
  expect(draws(10, () => random.uint32())).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
    4258142804,
  ]);
});

test('a seed and path give the same stream, another seed or path another', () => {
  const first = (seed: number, ...path: (string | number)[]) => {
    const random = randomFor(seed, ...path);
    return draws(4, () => random.uint32()).join();
  };
  expect(first(7, 'batch', 1, 2)).toBe(first(7, 'batch', 1, 2));
  const streams = [
    first(7, 'batch', 1, 2),
    first(8, 'batch', 1, 2),
    first(7, 'order', 1, 2),
    first(7, 'batch', 12),
    first(7, 'batch', 2, 1),
    first(7, 'batch1', 2),
    first(7),
  ];
  expect(new Set(streams).size).toBe(streams.length);
});

test('integers are uniform', () => {
  const random = randomFor(1);
  const counts = new Array<number>(6).fill(0);
  for (let i = 0; i < 60_000; i++) counts[random.integer(6)]! += 1;
  // Chi-square of 5 degrees of freedom: 25.7 is exceeded once in 10,000.
  const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  expect(chiSquare).toBeLessThan(25.7);
});

test('normals have the moments and tails of the standard normal', () => {
  const random = randomFor(2);
  const count = 200_000;
  const values = draws(count, () => random.normal());
  const moment = (power: number) => values.reduce((sum, v) => sum + v ** power, 0) / count;
  expect(moment(1)).toBeCloseTo(0, 1.8);
  expect(moment(2)).toBeCloseTo(1, 1.5);
  expect(Math.abs(moment(3))).toBeLessThan(0.05);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.1);
  const beyond = (limit: number) => values.filter((v) => Math.abs(v) > limit).length / count;
  expect(Math.abs(beyond(1) - 0.3173)).toBeLessThan(0.005);
  expect(Math.abs(beyond(2) - 0.0455)).toBeLessThan(0.003);
  expect(Math.abs(beyond(3) - 0.0027)).toBeLessThan(0.0008);
});

test('shuffles into every order equally often', () => {
  const random = randomFor(3);
  const seen = new Map<string, number>();
  for (let i = 0; i < 24_000; i++) {
    const order = random.shuffle([0, 1, 2, 3]).join('');
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  expect(seen.size).toBe(24);
  for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test('floats and ranges fill their bounds and stay within them', () => {
  const random = randomFor(4);
  const floats = draws(10_000, () => random.float());
  expect(Math.min(...floats)).toBeGreaterThanOrEqual(0);
  expect(Math.min(...floats)).toBeLessThan(0.01);
  expect(Math.max(...floats)).toBeGreaterThan(0.99);
  expect(Math.max(...floats)).toBeLessThan(1);
  const between = draws(10_000, () => random.between(-3, 5));
  expect(Math.min(...between)).toBeGreaterThanOrEqual(-3);
  expect(Math.min(...between)).toBeLessThan(-2.9);
  expect(Math.max(...between)).toBeGreaterThan(4.9);
  expect(Math.max(...between)).toBeLessThan(5);
});
