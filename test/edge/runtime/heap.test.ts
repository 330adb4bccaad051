import { describe, expect, it } from 'vitest';
import { OrtInstance } from '../../../edge/runtime/instance.ts';
import { random } from '../../edge-fixture/random.ts';

const MEBIBYTE = 2 ** 20;

/** A heap, somewhat used and broken up. */
async function usedHeap(next: () => number) {
  const { heap } = await OrtInstance.create(Math.floor(20 + 60 * next()) * MEBIBYTE);
  const held: number[] = [];
  for (let step = 0; step < 60; step++) {
    const [some] = next() < 0.45 ? held.splice(Math.floor(next() * held.length), 1) : [];
    if (some) heap.free(some);
    else held.push(heap.tryAllocate(Math.floor(8 * MEBIBYTE * next() ** 3) + 8));
  }
  return heap;
}

describe('heap', () => {
  it('tells what fits without growing for it', async () => {
    const next = random(5);
    const told = { fits: 0, not: 0 };
    for (let round = 0; round < 40; round++) {
      const heap = await usedHeap(next);
      const sizes = Array.from({ length: 1 + Math.floor(5 * next()) }, () =>
        Math.ceil(15 * MEBIBYTE * next() ** 2),
      );
      const before = heap.bytes;
      const fits = heap.fits(sizes);
      expect(heap.bytes).toBe(before);
      expect(sizes.map((bytes) => heap.tryAllocate(bytes)).every(Boolean)).toBe(fits);
      told[fits ? 'fits' : 'not']++;
    }
    expect(Math.min(told.fits, told.not)).toBeGreaterThan(5);
  });

  it('has no room for a block larger than its cap', async () => {
    const { heap } = await OrtInstance.create(30 * MEBIBYTE);
    expect(heap.fits([31 * MEBIBYTE])).toBe(false);
    expect(heap.fits([2 ** 31])).toBe(false);
    expect(heap.tryAllocate(31 * MEBIBYTE)).toBe(0);
    expect(heap.bytes).toBe(16 * MEBIBYTE);
  });
});
