import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resize } from '../../../../exporter/contract/picture/resize.ts';
import type { RgbPicture } from '../../../../exporter/contract/picture/rgb-picture.ts';

const size = fc.integer({ min: 1, max: 40 });
const picture: fc.Arbitrary<RgbPicture> = fc
  .tuple(size, size, fc.uint8Array({ minLength: 1, maxLength: 50 }))
  .map(([width, height, seed]) => ({
    width,
    height,
    pixels: Uint8Array.from(
      { length: width * height * 3 },
      (_, i) => seed[i % seed.length]! ^ (i * 29),
    ),
  }));

/** The definition, evaluated for one sample: a weighted mean over the whole picture. */
function naive(
  from: RgbPicture,
  height: number,
  width: number,
  y: number,
  x: number,
  c: number,
): number {
  const weight = (position: number, output: number, inputs: number, outputs: number): number => {
    const scale = inputs / outputs;
    const distance = position + 0.5 - (output + 0.5) * scale;
    return Math.max(0, 1 - Math.abs(distance) / Math.max(1, scale));
  };
  let sum = 0;
  let total = 0;
  for (let j = 0; j < from.height; j++) {
    for (let i = 0; i < from.width; i++) {
      const w = weight(j, y, from.height, height) * weight(i, x, from.width, width);
      sum += w * from.pixels[(j * from.width + i) * 3 + c]!;
      total += w;
    }
  }
  return sum / total;
}

describe('resize', () => {
  it('is the triangle filter, evaluated at every pixel', () => {
    fc.assert(
      fc.property(picture, size, size, (from, height, width) => {
        const to = resize(from, height, width);
        for (let i = 0; i < to.pixels.length; i += 1 + Math.floor(to.pixels.length / 40)) {
          const [y, x, c] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3];
          expect(Math.abs(to.pixels[i]! - naive(from, height, width, y, x, c))).toBeLessThan(0.501);
        }
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  it('computes of a window what the whole would hold there', () => {
    fc.assert(
      fc.property(picture, size, size, fc.nat(), fc.nat(), (from, height, width, a, b) => {
        const [top, left] = [a % height, b % width];
        const window = { top, left, height: height - top, width: width - left };
        const part = resize(from, height, width, window).pixels;
        const whole = resize(from, height, width).pixels;
        const expected = Array.from({ length: window.height }, (_, y) =>
          Array.from(whole.subarray(((top + y) * width + left) * 3, (top + y + 1) * width * 3)),
        ).flat();
        expect(Array.from(part)).toEqual(expected);
      }),
      { numRuns: 100, seed: 4 },
    );
  });

  it('leaves a picture of the right size as it is', () => {
    fc.assert(
      fc.property(picture, (from) => {
        expect(resize(from, from.height, from.width)).toEqual(from);
      }),
      { numRuns: 20, seed: 5 },
    );
  });

  it('keeps a constant picture constant', () => {
    fc.assert(
      fc.property(
        size,
        size,
        size,
        size,
        fc.nat(255),
        (width, height, toHeight, toWidth, value) => {
          const from = { width, height, pixels: new Uint8Array(width * height * 3).fill(value) };
          const to = resize(from, toHeight, toWidth);
          expect(to.pixels).toEqual(new Uint8Array(toWidth * toHeight * 3).fill(value));
        },
      ),
      { numRuns: 100, seed: 6 },
    );
  });

  it('mirrors with the picture', () => {
    const mirror = ({ width, height, pixels }: RgbPicture): RgbPicture => ({
      width,
      height,
      pixels: pixels.map((_, i) => {
        const [y, x, c] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3];
        return pixels[(y * width + (width - 1 - x)) * 3 + c]!;
      }),
    });
    fc.assert(
      fc.property(picture, size, size, (from, height, width) => {
        const one = resize(mirror(from), height, width).pixels;
        const other = mirror(resize(from, height, width)).pixels;
        one.forEach((value, i) => {
          expect(Math.abs(value - other[i]!)).toBeLessThanOrEqual(1);
        });
      }),
      { numRuns: 50, seed: 7 },
    );
  });

  // Image.resize((4, 1), Image.BILINEAR) of Pillow 12.3 for 0, 10, ..., 70 and for 0, 10.
  it('gives the figures of PIL for a ramp', () => {
    const ramp = (length: number): RgbPicture => ({
      width: length,
      height: 1,
      pixels: Uint8Array.from({ length: length * 3 }, (_, i) => Math.floor(i / 3) * 10),
    });
    const red = (to: RgbPicture) => Array.from(to.pixels).filter((_, i) => i % 3 === 0);
    expect(red(resize(ramp(8), 1, 4))).toEqual([7, 25, 45, 63]);
    expect(red(resize(ramp(2), 1, 4))).toEqual([0, 3, 8, 10]);
  });

  it('takes a window of an enormous enlargement without computing the rest', () => {
    const pixels = Uint8Array.from({ length: 1_000_000 * 3 }, (_, i) => i % 256);
    const window = { top: 16_000_000, left: 0, height: 32, width: 32 };
    const to = resize({ width: 1, height: 1_000_000, pixels }, 32_000_000, 32, window);
    expect(to.pixels.length).toBe(32 * 32 * 3);
  });
});
