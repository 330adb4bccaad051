import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Preprocessing } from '../../../exporter/contract/manifest.ts';
import { plainBatch, trainingBatches, wholeSet } from '../../../trainer/data/batches.ts';
import type { PictureSet } from '../../../trainer/data/picture-set.ts';
import { numberedPictures } from './numbered-pictures.ts';

const asBytes: Preprocessing = {
  height: 32,
  width: 32,
  resize: 'bilinear-antialias',
  mean: [0, 0, 0],
  std: [1 / 255, 1 / 255, 1 / 255],
};

const usual: Preprocessing = {
  ...asBytes,
  mean: [0.4914, 0.4822, 0.4465],
  std: [0.247, 0.2435, 0.2616],
};

/** Pictures of random bytes, none of them black, so that padding shows. */
function speckled(count: number, height = 32, width = 32): PictureSet {
  let state = 12345;
  const pixels = Uint8Array.from({ length: count * height * width * 3 }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return 1 + ((state >>> 16) % 255);
  });
  return { ...numberedPictures({ count, height, width }), pixels };
}

/** What a crop at (top, left) of the picture padded by 4 gives, by the definition. */
function expectedView(
  set: PictureSet,
  index: number,
  [top, left, mirrored]: readonly [number, number, boolean],
): number[] {
  const { height, width } = set;
  const planes: number[] = [];
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < height; y++) {
      const row: number[] = [];
      for (let x = 0; x < width; x++) {
        const [sy, sx] = [y + top - 4, x + left - 4];
        const inside = sy >= 0 && sy < height && sx >= 0 && sx < width;
        row.push(inside ? set.pixels[((index * height + sy) * width + sx) * 3 + channel]! : 0);
      }
      planes.push(...(mirrored ? row.reverse() : row));
    }
  }
  return planes;
}

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

test('each training picture is one of the 162 views of its original', () => {
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
  const batches = trainingBatches(set, asBytes, { batchSize: 8, seed: 3 });
  for (let epoch = 0; epoch < 6; epoch++) {
    const { images, labels } = batches.batch(epoch, 0);
    for (let slot = 0; slot < 8; slot++) {
      const seen = Array.from(images.subarray(slot * size, (slot + 1) * size), Math.round).join();
      expect(originals.get(seen)).toBe(labels[slot]);
      kinds.add(seen);
    }
  }
  expect(kinds.size).toBeGreaterThan(40);
});

test('an epoch shows every picture once, in an order of its own', () => {
  const set = numberedPictures({ count: 60, height: 9, width: 9 });
  const batches = trainingBatches(set, asBytes, { batchSize: 20, seed: 5 });
  const shownIn = (epoch: number) =>
    [0, 1, 2].flatMap((index) => {
      const { images, labels } = batches.batch(epoch, index);
      return Array.from(labels, (label, slot) => {
        const number = Math.round(images[slot * 243 + 40]!);
        expect(number % 10).toBe(label);
        return number;
      });
    });
  expect(batches.perEpoch).toBe(3);
  const [first, second] = [shownIn(0), shownIn(1)];
  expect(first).not.toEqual(second);
  for (const shown of [first, second]) {
    expect(shown.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
  }
});

test('a batch depends on seed, epoch and index, not on what was drawn before', () => {
  const set = speckled(40, 8, 8);
  const make = (seed: number) => trainingBatches(set, usual, { batchSize: 8, seed });
  const wandering = make(9);
  fc.assert(
    fc.property(fc.nat(50), fc.nat(4), (epoch, index) => {
      expect(wandering.batch(epoch, index)).toEqual(make(9).batch(epoch, index));
    }),
    { numRuns: 40 },
  );
  expect(make(9).batch(0, 0)).not.toEqual(make(10).batch(0, 0));
  expect(make(9).batch(0, 0)).not.toEqual(make(9).batch(0, 1));
});

test('leaves out the pictures that do not fill a batch', () => {
  const batches = trainingBatches(speckled(30, 8, 8), usual, { batchSize: 8, seed: 1 });
  expect(batches.perEpoch).toBe(3);
  expect(() => batches.batch(0, 3)).toThrow(expect.objectContaining({ code: 'SELECTION_INVALID' }));
});

test.each([0, -1, 2.5, 31, Number.NaN])('refuses batches of %s from 30 pictures', (batchSize) => {
  expect(() => trainingBatches(speckled(30, 8, 8), usual, { batchSize, seed: 1 })).toThrow(
    expect.objectContaining({ code: 'SELECTION_INVALID' }),
  );
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
