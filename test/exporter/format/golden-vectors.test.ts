import { describe, expect, test } from 'vitest';
import { checkGolden, goldenPixels } from '../../../exporter/contract/golden.ts';
import type { Preprocessing } from '../../../exporter/contract/manifest.ts';
import { goldenPictures } from '../../../exporter/format/golden-pictures.ts';
import { GOLDEN_TOLERANCE, goldenVectors } from '../../../exporter/format/golden-vectors.ts';
import { SHAPE, smallClassifier } from '../small-classifier.ts';

const { graph, logits } = smallClassifier();
const preprocessing: Preprocessing = {
  height: SHAPE.height,
  width: SHAPE.width,
  resize: 'bilinear-antialias',
  mean: [0.4, 0.5, 0.6],
  std: [0.2, 0.25, 0.3],
};
const reference = async (images: Float32Array, count: number) => logits(images, count);
const request = { graph, preprocessing, classes: SHAPE.classes, reference };

describe('golden vectors', () => {
  test('hold the logits of their pixels', async () => {
    const { pictures, golden } = await goldenVectors(request);
    expect(golden.tolerance).toBe(GOLDEN_TOLERANCE);
    expect(pictures.length).toBeGreaterThanOrEqual(4);
    for (const [row, picture] of pictures.entries()) {
      const pixels = goldenPixels(picture);
      const input = new Float32Array(pixels.length);
      for (let channel = 0; channel < 3; channel++) {
        for (let pixel = 0; pixel < pixels.length / 3; pixel++) {
          const value = pixels[pixel * 3 + channel]! / 255;
          input[(channel * pixels.length) / 3 + pixel] =
            (value - preprocessing.mean[channel]!) / preprocessing.std[channel]!;
        }
      }
      expect(checkGolden(picture.name, golden.logits[row]!, logits(input, 1), 1e-4)).toBeLessThan(
        1e-4,
      );
    }
  });

  test('are the same every time', async () => {
    expect(await goldenVectors(request)).toEqual(await goldenVectors(request));
  });

  test('take further pictures, of any size, by their names', async () => {
    const size = { height: SHAPE.height * 3, width: SHAPE.width * 3 };
    const pixels = new Uint8Array(size.height * size.width * 3).fill(200);
    const { pictures } = await goldenVectors({
      ...request,
      pictures: [{ name: 'patched', picture: { ...size, pixels } }],
    });
    const vector = pictures.find(({ name }) => name === 'patched');
    expect(goldenPixels(vector!)).toEqual(new Uint8Array(SHAPE.height * SHAPE.width * 3).fill(200));
  });

  test('are refused, naming the picture, when the engine disagrees', async () => {
    const wrong = async (images: Float32Array, count: number) => {
      const values = logits(images, count);
      values[2 * SHAPE.classes + 1]! += 2 * GOLDEN_TOLERANCE;
      return values;
    };
    const third = goldenPictures(SHAPE.height, SHAPE.width, 1)[2]!.name;
    await expect(goldenVectors({ ...request, reference: wrong })).rejects.toMatchObject({
      name: 'ExportError',
      code: 'GOLDEN_DIFFERS',
      message: expect.stringContaining(`"${third}", class 1`),
    });
  });

  test('are refused when the engine gives too few logits', async () => {
    const few = async () => new Float32Array(2);
    await expect(goldenVectors({ ...request, reference: few })).rejects.toMatchObject({
      code: 'GOLDEN_DIFFERS',
    });
  });
});

describe('golden pictures', () => {
  test('depend on nothing but their size and seed', () => {
    expect(goldenPictures(8, 9, 3)).toEqual(goldenPictures(8, 9, 3));
    expect(goldenPictures(8, 9, 3)).not.toEqual(goldenPictures(8, 9, 4));
  });

  test('differ, and fill their size', () => {
    const pictures = goldenPictures(8, 9, 3);
    const contents = pictures.map(({ picture }) => Buffer.from(picture.pixels).toString('hex'));
    expect(new Set(contents).size).toBe(pictures.length);
    expect(new Set(pictures.map(({ name }) => name)).size).toBe(pictures.length);
    for (const { picture } of pictures) expect(picture.pixels.length).toBe(8 * 9 * 3);
  });
});
