import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fitPicture,
  normalise,
  preprocess,
} from '../../../../exporter/contract/picture/preprocess.ts';
import { resize } from '../../../../exporter/contract/picture/resize.ts';
import { gradient } from './codecs.ts';

const preprocessing = {
  height: 32,
  width: 32,
  resize: 'bilinear-antialias' as const,
  mean: [0.4914, 0.4822, 0.4465] as [number, number, number],
  std: [0.247, 0.2435, 0.2616] as [number, number, number],
};
const side = fc.integer({ min: 1, max: 90 });

describe('fitPicture', () => {
  it('leaves a picture of the right size as it is', () => {
    const picture = gradient(32, 32);
    expect(fitPicture(picture, preprocessing)).toEqual(picture.pixels);
  });

  it('crops the centre of the resized picture, its proportions kept', () => {
    const wide = gradient(96, 64);
    const whole = resize(wide, 32, 48).pixels;
    const expected = Array.from({ length: 32 }, (_, y) =>
      Array.from(whole.subarray((y * 48 + 8) * 3, (y * 48 + 40) * 3)),
    ).flat();
    expect(Array.from(fitPicture(wide, preprocessing))).toEqual(expected);
  });

  // torchvision: Resize(size) makes the longer side int(size * long / short), CenterCrop(size) begins at
  // int(round((side - size) / 2)), and Python rounds halves to even.
  it.each([
    [33, 32, 0],
    [35, 32, 2],
    [37, 32, 2],
    [39, 32, 4],
  ])('places the crop of a %d-wide picture where torchvision does', (width, height, left) => {
    const picture = gradient(width, height);
    const first = Array.from(fitPicture(picture, preprocessing).subarray(0, 3));
    expect(first).toEqual(Array.from(picture.pixels.subarray(left * 3, left * 3 + 3)));
  });

  it('gives every picture the size asked for, square or not', () => {
    fc.assert(
      fc.property(side, side, side, side, (width, height, toWidth, toHeight) => {
        const fit = fitPicture(gradient(width, height), { height: toHeight, width: toWidth });
        expect(fit.length).toBe(toHeight * toWidth * 3);
      }),
      { numRuns: 200, seed: 8 },
    );
  });

  it('takes extreme proportions', () => {
    expect(fitPicture(gradient(100_000, 1), preprocessing).length).toBe(32 * 32 * 3);
    expect(fitPicture(gradient(1, 100_000), preprocessing).length).toBe(32 * 32 * 3);
  });
});

describe('normalise', () => {
  it('is (v / 255 - mean) / std in float32, channels first', () => {
    const bytes = Uint8Array.from({ length: 2 * 32 * 32 * 3 }, (_, i) => (i * 31) % 256);
    const input = normalise(bytes, preprocessing);
    expect(input).toBeInstanceOf(Float32Array);
    for (let n = 0; n < 2; n++) {
      for (let c = 0; c < 3; c++) {
        for (let i = 0; i < 32 * 32; i++) {
          const byte = bytes[n * 3072 + i * 3 + c]!;
          const exact = (byte / 255 - preprocessing.mean[c]!) / preprocessing.std[c]!;
          expect(input[n * 3072 + c * 1024 + i]).toBe(Math.fround(exact));
        }
      }
    }
  });

  it('refuses bytes that are not whole pictures', () => {
    expect(() => normalise(new Uint8Array(3071), preprocessing)).toThrow(/3071 bytes.*32 x 32/);
  });
});

describe('preprocess', () => {
  it('normalises the fitted picture', () => {
    const picture = gradient(100, 70);
    const expected = normalise(fitPicture(picture, preprocessing), preprocessing);
    expect(preprocess(picture, preprocessing)).toEqual(expected);
  });
});
