import { expect, test } from 'vitest';
import { generateEmbedded } from '../../../../trainer/data/embedded/embedded.ts';
import { pictureAt, subset } from '../../../../trainer/data/picture-set.ts';

test('the same seed gives the same pictures on every machine, another seed others', () => {
  const small = { trainCount: 300, testCount: 100 };
  const { train, fingerprint } = generateEmbedded(small);
  // Changes with the pictures: whatever was trained on the earlier ones must then be trained again.
  expect(fingerprint()).toBe('93290069c0781f39ee24c6fbad316b2f3e643c0334ef10a9ed2e2137bdb1f63e');
  expect(generateEmbedded({ ...small, seed: 2 }).train.pixels).not.toEqual(train.pixels);
});

test('a shorter set is the beginning of a longer one', () => {
  const short = generateEmbedded({ seed: 5, trainCount: 25, testCount: 15 });
  const long = generateEmbedded({ seed: 5, trainCount: 70, testCount: 30 });
  const firsts = (count: number) => Array.from({ length: count }, (_, i) => i);
  expect(subset(long.train, firsts(25))).toEqual(short.train);
  expect(subset(long.test, firsts(15))).toEqual(short.test);
});

test('no picture is there twice', () => {
  const { train, test: held } = generateEmbedded({ trainCount: 1000, testCount: 500 });
  const seen = new Set<string>();
  for (const set of [train, held]) {
    for (let i = 0; i < set.count; i++) {
      seen.add(Buffer.from(pictureAt(set, i).pixels).toString('latin1'));
    }
  }
  expect(seen.size).toBe(1500);
});

test('classes differ in shape and not in colour', () => {
  const { train } = generateEmbedded({ trainCount: 5000, testCount: 10 });
  const sums = Array.from({ length: 10 }, () => new Float64Array(3));
  train.pixels.forEach((value, i) => {
    sums[train.labels[Math.floor(i / 3072)]!]![i % 3]! += value / (500 * 1024);
  });
  for (let channel = 0; channel < 3; channel++) {
    const means = sums.map((sum) => sum[channel]!);
    expect(Math.max(...means) - Math.min(...means)).toBeLessThan(15);
  }
});
