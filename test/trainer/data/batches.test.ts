import { expect, test } from 'vitest';
import { plainBatch, wholeSet } from '../../../trainer/data/batches.ts';
import { asBytes, expectedView, speckled, usual } from './speckled-pictures.ts';

test('normalises into planes', () => {
  const set = speckled(3, 5, 7);
  const { images, labels, oneHot, count } = plainBatch(set, [2, 0], usual);
  expect(count).toBe(2);
  [2, 0].forEach((index, slot) => {
    for (let channel = 0; channel < 3; channel++) {
      for (let pixel = 0; pixel < 35; pixel++) {
        const byte = set.pixels[(index * 35 + pixel) * 3 + channel]!;
        expect(images[(slot * 3 + channel) * 35 + pixel]).toBe(
          Math.fround((byte / 255 - usual.mean[channel]!) / usual.std[channel]!),
        );
      }
    }
  });
  expect([...labels]).toEqual([2, 0]);
  expect([...oneHot]).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
});

test('the whole set comes once, in order, with a shorter last batch', () => {
  const set = speckled(10, 6, 5);
  const batches = [...wholeSet(set, asBytes, 4)];
  expect(batches.map(({ count }) => count)).toEqual([4, 4, 2]);
  expect(batches.flatMap(({ labels }) => [...labels])).toEqual([...set.labels]);
  const shown = batches.flatMap(({ images }) => Array.from(images, Math.round));
  const expected = Array.from({ length: 10 }, (_, index) =>
    expectedView(set, index, [4, 4, false]),
  ).flat();
  expect(shown).toEqual(expected);
});
