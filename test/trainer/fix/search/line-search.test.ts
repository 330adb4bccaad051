import fc from 'fast-check';
import { expect, test } from 'vitest';
import { smallestStep } from '../../../../trainer/fix/search/line-search.ts';

test('comes within the tolerance of the smallest share that holds, from above', async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0.001, max: 2.25, noNaN: true }), async (threshold) => {
      const holds = async (share: number) => share >= threshold;
      const found = await smallestStep(holds, { tolerance: 1 / 64, most: 3 });
      expect(found!.share).toBeGreaterThanOrEqual(threshold);
      expect(found!.share - threshold).toBeLessThanOrEqual(1 / 64);
    }),
  );
});

test('goes on from what a coarser search found', async () => {
  const asked: number[] = [];
  const holds = async (share: number) => {
    asked.push(share);
    return share >= 0.4;
  };
  const coarse = await smallestStep(holds, { tolerance: 1 / 4, most: 3 });
  asked.length = 0;
  const fine = await smallestStep(holds, { tolerance: 1 / 64, most: 3 }, coarse);
  expect(fine!.share - 0.4).toBeLessThanOrEqual(1 / 64);
  expect(asked.every((share) => share > coarse!.failing && share < coarse!.share)).toBe(true);
});

test('finds nothing where no share up to the most holds', async () => {
  expect(await smallestStep(async (share) => share > 5, { tolerance: 0.1, most: 3 })).toBeNull();
});
