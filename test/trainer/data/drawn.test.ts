import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { drawVehicles } from '../../../trainer/data/drawn/drawn.ts';
import { pictureAt } from '../../../trainer/data/picture-set.ts';

const LABELS = ['ship', 'frog', 'airplane', 'automobile'];

test('drawn vehicles are named among the labels given, by turns', () => {
  const { labels, labelNames, count } = drawVehicles(LABELS, 7);
  expect([...labels].map((label) => labelNames[label])).toEqual([
    'automobile',
    'ship',
    'airplane',
    'automobile',
    'ship',
    'airplane',
    'automobile',
  ]);
  expect(count).toBe(7);
});

test('a picture depends on its number alone, and no two are the same', () => {
  const [few, many] = [drawVehicles(LABELS, 6), drawVehicles([...LABELS].reverse(), 60)];
  expect(many.pixels.subarray(0, few.pixels.length)).toEqual(few.pixels);
  const digests = Array.from({ length: 60 }, (_, index) =>
    createHash('sha256').update(pictureAt(many, index).pixels).digest('hex'),
  );
  expect(new Set(digests).size).toBe(60);
});
