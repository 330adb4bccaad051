import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalise } from '../../../../exporter/contract/picture/preprocess.ts';
import type { RgbPicture } from '../../../../exporter/contract/picture/rgb-picture.ts';
import { inputWriter } from '../../../../trainer/data/network-input.ts';
import {
  type NeighbourKind,
  neighboursOf,
} from '../../../../trainer/evaluation/neighbour/neighbour.ts';
import { viewOf } from '../../../../trainer/evaluation/neighbour/view-of.ts';
import { randomPicture } from '../random-picture.ts';

const pixel = ({ width, pixels }: RgbPicture, row: number, column: number) =>
  [...pixels.subarray((row * width + column) * 3, (row * width + column) * 3 + 3)].join();

const ofKind = (picture: RgbPicture, kind: NeighbourKind, seed = 1) =>
  neighboursOf(picture, seed).flatMap((neighbour) =>
    neighbour.kind === kind ? [neighbour.picture] : [],
  );

/** The offset by which `shifted` shows `picture`, black elsewhere. */
function offsetOf(picture: RgbPicture, shifted: RgbPicture): [number, number] | null {
  const { width, height } = picture;
  for (let top = -4; top <= 4; top++) {
    for (let left = -4; left <= 4; left++) {
      let same = true;
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const [y, x] = [row + top, column + left];
          const inside = y >= 0 && y < height && x >= 0 && x < width;
          const wanted = inside ? pixel(picture, y, x) : '0,0,0';
          same &&= pixel(shifted, row, column) === wanted;
        }
      }
      if (same) return [top, left];
    }
  }
  return null;
}

describe('neighbours', () => {
  const picture = randomPicture(12, 9, 1, 40, 200);

  test('are four shifts, one flip, four with noise and four of other brightness', () => {
    const counts = new Map<string, number>();
    for (const { kind, picture: neighbour } of neighboursOf(picture, 1)) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      expect([neighbour.width, neighbour.height]).toEqual([12, 9]);
    }
    expect(Object.fromEntries(counts)).toEqual({ shift: 4, flip: 1, noise: 4, brightness: 4 });
  });

  test('are never the edited picture, nor twice the same', () => {
    const side = fc.integer({ min: 1, max: 6 });
    const levels = fc.constantFrom([0, 0], [255, 255], [0, 1], [90, 90], [0, 255] as const);
    fc.assert(
      fc.property(side, side, levels, fc.integer(), (width, height, [low, high], seed) => {
        const flat = randomPicture(width, height, seed, low, high);
        const all = [flat, ...neighboursOf(flat, seed).map((neighbour) => neighbour.picture)];
        expect(new Set(all.map(({ pixels }) => pixels.join())).size).toBe(all.length);
      }),
      { numRuns: 60 },
    );
  });

  test('depend on the seed and the picture alone', () => {
    expect(neighboursOf(picture, 1)).toEqual(neighboursOf(randomPicture(12, 9, 1, 40, 200), 1));
    expect(neighboursOf(picture, 2)).not.toEqual(neighboursOf(picture, 1));
    const other = randomPicture(12, 9, 2, 40, 200);
    const offsets = (of: RgbPicture) => ofKind(of, 'shift').map((shifted) => offsetOf(of, shifted));
    expect(offsets(other)).not.toEqual(offsets(picture));
  });

  test('are shifted by one to four pixels', () => {
    const offsets = ofKind(picture, 'shift').map((shifted) => offsetOf(picture, shifted));
    for (const offset of offsets) expect(offset).not.toBeNull();
    for (const [top, left] of offsets as [number, number][]) {
      expect(Math.max(Math.abs(top), Math.abs(left))).toBeGreaterThanOrEqual(1);
    }
  });

  test('are mirrored left to right', () => {
    const [flipped] = ofKind(picture, 'flip');
    for (let row = 0; row < 9; row++) {
      for (let column = 0; column < 12; column++) {
        expect(pixel(flipped!, row, column)).toBe(pixel(picture, row, 11 - column));
      }
    }
  });

  test('have noise that is weak and has no direction', () => {
    const large = randomPicture(32, 32, 4, 60, 190);
    for (const noisy of ofKind(large, 'noise')) {
      const noise = Float64Array.from(noisy.pixels, (value, i) => value - large.pixels[i]!);
      const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
      const square = noise.reduce((sum, value) => sum + value * value, 0) / noise.length;
      expect(Math.abs(mean)).toBeLessThan(1);
      expect(Math.sqrt(square) / 255).toBeCloseTo(0.04, 2);
    }
  });

  test('are brighter or darker all over, by 0.05 to 0.15 of white', () => {
    const changes = [1, 2, 3].flatMap((seed) =>
      ofKind(picture, 'brightness', seed).map((changed) => {
        const values = [...Array(12 * 9).keys()].map((index) => {
          const value = (of: RgbPicture) =>
            Math.max(...of.pixels.subarray(3 * index, 3 * index + 3));
          return (value(changed) - value(picture)) / 255;
        });
        expect(Math.max(...values) - Math.min(...values)).toBeLessThan(0.01);
        return values[0]!;
      }),
    );
    for (const change of changes) {
      expect(Math.abs(change)).toBeGreaterThan(0.045);
      expect(Math.abs(change)).toBeLessThan(0.155);
    }
    expect(new Set(changes.map(Math.sign)).size).toBe(2);
  });
});

test('a view is what training sees of the picture', () => {
  const picture = randomPicture(6, 5, 8);
  const set = { ...picture, name: 'one', labelNames: ['a'], count: 1, labels: new Uint8Array(1) };
  const preprocessing = {
    height: 5,
    width: 6,
    resize: 'bilinear-antialias',
    mean: [0.5, 0.4, 0.3] as [number, number, number],
    std: [0.2, 0.3, 0.4] as [number, number, number],
  } as const;
  const write = inputWriter(set, preprocessing);
  const offset = fc.integer({ min: -7, max: 7 });
  fc.assert(
    fc.property(offset, offset, fc.boolean(), (top, left, mirrored) => {
      const seen = new Float32Array(90);
      write(0, { top, left, mirrored }, seen, 0);
      expect(normalise(viewOf(picture, { top, left, mirrored }).pixels, preprocessing)).toEqual(
        seen,
      );
    }),
  );
});
