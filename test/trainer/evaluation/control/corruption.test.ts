import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RgbPicture } from '../../../../exporter/contract/picture/rgb-picture.ts';
import { randomFor } from '../../../../trainer/data/random.ts';
import { changeBrightness } from '../../../../trainer/evaluation/control/corruption/brightness.ts';
import {
  CORRUPTIONS,
  corrupt,
  SEVERITIES,
} from '../../../../trainer/evaluation/control/corruption/corruption.ts';
import { gaussianBlur } from '../../../../trainer/evaluation/control/corruption/gaussian-blur.ts';
import { addGaussianNoise } from '../../../../trainer/evaluation/control/corruption/gaussian-noise.ts';
import { compressJpeg } from '../../../../trainer/evaluation/control/corruption/jpeg.ts';
import { randomPicture } from '../random-picture.ts';

const nearest = (value: number) => Math.min(255, Math.max(0, Math.round(value)));

const plainPicture = (side: number, byte: number): RgbPicture => ({
  width: side,
  height: side,
  pixels: new Uint8Array(side * side * 3).fill(byte),
});

/** Darker at the top left, one hue. */
const shaded = (width: number, height: number): RgbPicture => ({
  width,
  height,
  pixels: Uint8Array.from({ length: width * height * 3 }, (_, index) => {
    const [row, column] = [Math.floor(index / (3 * width)), Math.floor(index / 3) % width];
    return [40, 60, 80][index % 3]! + 2 * row + 2 * column;
  }),
});

function meanSquare(a: RgbPicture, b: RgbPicture): number {
  return a.pixels.reduce((sum, value, i) => sum + (value - b.pixels[i]!) ** 2, 0) / a.pixels.length;
}

/** One double sum over the whole plane, where the picture's edge goes on to both sides. */
function directBlur({ width, height, pixels }: RgbPicture, deviation: number): Uint8Array {
  const radius = Math.round(4 * deviation);
  const weight = (y: number, x: number) => Math.exp(-(y * y + x * x) / (2 * deviation * deviation));
  const inside = (position: number, count: number) => Math.min(count - 1, Math.max(0, position));
  return pixels.map((_, index) => {
    const [row, column] = [Math.floor(index / (3 * width)), Math.floor(index / 3) % width];
    let [sum, total] = [0, 0];
    for (let y = -radius; y <= radius; y++) {
      for (let x = -radius; x <= radius; x++) {
        const source = inside(row + y, height) * width + inside(column + x, width);
        sum += weight(y, x) * pixels[source * 3 + (index % 3)]!;
        total += weight(y, x);
      }
    }
    return nearest(sum / total);
  });
}

test('blur is the convolution with a Gaussian over the plane', () => {
  for (const deviation of [0.4, 0.7, 1]) {
    const picture = randomPicture(11, 7, 3);
    const { pixels, ...size } = gaussianBlur(picture, deviation);
    expect(size).toEqual({ width: 11, height: 7 });
    // A sum that lies at a half may round to either side.
    const expected = directBlur(picture, deviation);
    pixels.forEach((value, index) => {
      expect(Math.abs(value - expected[index]!)).toBeLessThanOrEqual(1);
    });
    const different = pixels.filter((value, index) => value !== expected[index]).length;
    expect(different).toBeLessThanOrEqual(1);
  }
});

test('noise has the deviation asked for, and is not the same at every byte', () => {
  const grey = plainPicture(64, 128);
  const noise = Float64Array.from(
    addGaussianNoise(grey, 0.08, randomFor(1)).pixels,
    (value) => value - 128,
  );
  const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
  const variance = noise.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noise.length;
  expect(Math.abs(mean)).toBeLessThan(1);
  expect(Math.sqrt(variance) / 255).toBeCloseTo(0.08, 2);
  const correlation = noise.subarray(1).reduce((sum, value, i) => sum + value * noise[i]!, 0);
  expect(Math.abs(correlation / noise.length / variance)).toBeLessThan(0.05);
});

test('brightness changes the value of HSV and keeps hue and saturation', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const change = fc.double({ min: -0.4, max: 0.4, noNaN: true });
  fc.assert(
    fc.property(fc.tuple(byte, byte, byte), change, (colour, by) => {
      const picture = { width: 1, height: 1, pixels: Uint8Array.from(colour) };
      const changed = [...changeBrightness(picture, by).pixels];
      const value = Math.max(...colour);
      const wanted = Math.min(255, Math.max(0, value + 255 * by));
      expect(Math.abs(Math.max(...changed) - wanted)).toBeLessThanOrEqual(0.5 + 1e-9);
      // The shares of the largest byte, which hue and saturation follow from.
      for (const channel of [0, 1, 2]) {
        const share = value === 0 ? 1 : colour[channel]! / value;
        expect(Math.abs(changed[channel]! - share * wanted)).toBeLessThanOrEqual(0.5 + 1e-9);
      }
    }),
  );
});

describe('corruptions', () => {
  test('of every kind change a picture the more the more severe they are', async () => {
    const picture = randomPicture(32, 32, 5, 60, 180);
    for (const kind of CORRUPTIONS) {
      const distances: number[] = [];
      for (const severity of SEVERITIES) {
        const changed = await corrupt(picture, { kind, severity }, randomFor(2, kind));
        expect({ width: changed.width, height: changed.height }).toEqual({ width: 32, height: 32 });
        distances.push(meanSquare(picture, changed));
      }
      expect(distances[0]).toBeGreaterThan(0);
      expect(distances[1]).toBeGreaterThan(distances[0]!);
      expect(distances[2]).toBeGreaterThan(distances[1]!);
    }
  });

  test('leave the picture that they were given as it was', async () => {
    for (const kind of CORRUPTIONS) {
      const picture = randomPicture(8, 8, 7);
      await corrupt(picture, { kind, severity: 5 }, randomFor(2));
      expect(picture).toEqual(randomPicture(8, 8, 7));
    }
  });

  test('of contrast keep the means of the channels', async () => {
    const picture = randomPicture(20, 20, 9);
    const { pixels } = await corrupt(picture, { kind: 'contrast', severity: 3 }, randomFor(1));
    for (const channel of [0, 1, 2]) {
      const own = picture.pixels.filter((_, index) => index % 3 === channel);
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      own.forEach((value, index) => {
        const expected = nearest(mean + 0.4 * (value - mean));
        expect(Math.abs(pixels[index * 3 + channel]! - expected)).toBeLessThanOrEqual(1);
      });
    }
  });
});

test('JPEG keeps smooth pictures nearly as they are, of any size', async () => {
  for (const [width, height] of [
    [32, 32],
    [9, 17],
    [1, 1],
  ] as const) {
    const picture = shaded(width, height);
    const compressed = await compressJpeg(picture, 80);
    expect([compressed.width, compressed.height]).toEqual([width, height]);
    expect(Math.sqrt(meanSquare(picture, compressed))).toBeLessThan(4);
  }
});
