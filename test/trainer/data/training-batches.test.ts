import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { Preprocessing } from '../../../exporter/contract/manifest.ts';
import type { PictureSet } from '../../../trainer/data/picture-set.ts';
import { TrainingBatches } from '../../../trainer/data/training-batches.ts';
import { numberedPictures } from './numbered-pictures.ts';
import { asBytes, expectedView, speckled, usual } from './speckled-pictures.ts';

const made: TrainingBatches[] = [];
afterEach(() => Promise.all(made.splice(0).map((batches) => batches.dispose())));

function batchesOf(
  set: PictureSet,
  preprocessing: Preprocessing,
  options: { batchSize: number; seed: number; cutout?: number },
): TrainingBatches {
  const batches = new TrainingBatches(set, preprocessing, { cutout: 0, ...options });
  made.push(batches);
  return batches;
}

test('each training picture is one of the 162 views of its original', async () => {
  const set = speckled(8, 10, 12);
  const size = 3 * 10 * 12;
  const views: (readonly [number, number, boolean])[] = [];
  for (let top = 0; top < 9; top++) {
    for (let left = 0; left < 9; left++) views.push([top, left, false], [top, left, true]);
  }
  const originals = new Map<string, number>();
  const kinds = new Set<string>();
  for (let index = 0; index < set.count; index++) {
    for (const view of views) originals.set(expectedView(set, index, view).join(), index);
  }
  const batches = batchesOf(set, asBytes, { batchSize: 8, seed: 3 });
  for (let epoch = 0; epoch < 6; epoch++) {
    const { images, labels } = await batches.batch(epoch, 0);
    for (let slot = 0; slot < 8; slot++) {
      const seen = Array.from(images.subarray(slot * size, (slot + 1) * size), Math.round).join();
      expect(originals.get(seen)).toBe(labels[slot]);
      kinds.add(seen);
    }
  }
  expect(kinds.size).toBeGreaterThan(40);
});

test('cutout hides one square of each view, in the mean colour, around any of its pixels', async () => {
  const [count, height, width, cutout] = [16, 9, 11, 4];
  const set = speckled(count, height, width);
  const area = height * width;
  const plain = batchesOf(set, usual, { batchSize: count, seed: 3 });
  const cut = batchesOf(set, usual, { batchSize: count, seed: 3, cutout });
  const everHidden = new Set<number>();
  const sizes = new Set<number>();
  for (let epoch = 0; epoch < 30; epoch++) {
    const { images, labels } = await cut.batch(epoch, 0);
    const shown = await plain.batch(epoch, 0);
    expect(labels).toEqual(shown.labels);
    for (let slot = 0; slot < count; slot++) {
      const place = (pixel: number, channel: number) => (slot * 3 + channel) * area + pixel;
      const at = (pixel: number, channel: number) => images[place(pixel, channel)]!;
      const whole = (pixel: number, channel: number) => shown.images[place(pixel, channel)]!;
      const hidden: number[] = [];
      for (let pixel = 0; pixel < area; pixel++) {
        const planes = [0, 1, 2].map((channel) => at(pixel, channel));
        if (planes.every((value) => value === 0)) hidden.push(pixel);
        else expect(planes).toEqual([0, 1, 2].map((channel) => whole(pixel, channel)));
      }
      const rows = new Set(hidden.map((pixel) => Math.floor(pixel / width)));
      const columns = new Set(hidden.map((pixel) => pixel % width));
      expect(hidden.length).toBe(rows.size * columns.size);
      expect(Math.max(...rows) - Math.min(...rows)).toBe(rows.size - 1);
      expect(Math.max(...columns) - Math.min(...columns)).toBe(columns.size - 1);
      sizes.add(rows.size).add(columns.size);
      for (const pixel of hidden) everHidden.add(pixel);
    }
  }
  expect([...sizes].sort()).toEqual([2, 3, 4]);
  expect(everHidden.size).toBe(area);
});

test('an epoch shows every picture once, in an order of its own', async () => {
  const set = numberedPictures({ count: 60, height: 9, width: 9 });
  const batches = batchesOf(set, asBytes, { batchSize: 20, seed: 5 });
  const shownIn = async (epoch: number) => {
    const shown: number[] = [];
    for (const index of [0, 1, 2]) {
      const { images, labels } = await batches.batch(epoch, index);
      labels.forEach((label, slot) => {
        const number = Math.round(images[slot * 243 + 40]!);
        expect(number % 10).toBe(label);
        shown.push(number);
      });
    }
    return shown;
  };
  expect(batches.perEpoch).toBe(3);
  const [first, second] = [await shownIn(0), await shownIn(1)];
  expect(first).not.toEqual(second);
  for (const shown of [first, second]) {
    expect(shown.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
  }
});

test('a batch depends on seed, epoch and index, not on what was drawn before', async () => {
  const set = speckled(40, 8, 8);
  const make = (seed: number) => batchesOf(set, usual, { batchSize: 8, seed });
  const [wandering, other] = [make(9), make(9)];
  await fc.assert(
    fc.asyncProperty(fc.nat(50), fc.nat(4), async (epoch, index) => {
      const expected = await wandering.batch(epoch, index);
      await other.batch(epoch + 1, (index + 2) % 5);
      expect(await other.batch(epoch, index)).toEqual(expected);
    }),
    { numRuns: 40 },
  );
  const first = await make(9).batch(0, 0);
  expect(first).not.toEqual(await make(10).batch(0, 0));
  expect(first).not.toEqual(await make(9).batch(0, 1));
});

test('leaves out the pictures that do not fill a batch', async () => {
  const batches = batchesOf(speckled(30, 8, 8), usual, { batchSize: 8, seed: 1 });
  expect(batches.perEpoch).toBe(3);
  await expect(batches.batch(0, 3)).rejects.toMatchObject({ code: 'SELECTION_INVALID' });
});

test.each([0, -1, 2.5, 31, Number.NaN])('refuses batches of %s from 30 pictures', (batchSize) => {
  expect(() => batchesOf(speckled(30, 8, 8), usual, { batchSize, seed: 1 })).toThrow(
    expect.objectContaining({ code: 'SELECTION_INVALID' }),
  );
});
