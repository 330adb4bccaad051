import { describe, expect, test } from 'vitest';
import { checkGolden, goldenPixels } from '../../../exporter/contract/golden.ts';
import type { Preprocessing } from '../../../exporter/contract/manifest.ts';
import { goldenPictures } from '../../../exporter/format/golden-pictures.ts';
import {
  GOLDEN_TOLERANCE,
  goldenInputs,
  goldenVectors,
} from '../../../exporter/format/golden-vectors.ts';
import { withSession } from '../../../exporter/format/runtime/form-session.ts';
import { SHAPE, smallClassifier } from '../small-classifier.ts';

const { form, logits } = smallClassifier();
const preprocessing: Preprocessing = {
  height: SHAPE.height,
  width: SHAPE.width,
  resize: 'bilinear-antialias',
  mean: [0.4, 0.5, 0.6],
  std: [0.2, 0.25, 0.3],
};
const inputs = goldenInputs(preprocessing);
const expected = logits(inputs.images, inputs.pictures.length);

async function vectors(engine: Float32Array) {
  const logitsOn = (runtime: 'wasm' | 'native') =>
    withSession(form, SHAPE, runtime, (session) =>
      session.logits(inputs.images, inputs.pictures.length),
    );
  const computed = { wasm: await logitsOn('wasm'), native: await logitsOn('native') };
  return goldenVectors(form, SHAPE, inputs.pictures, { ...computed, engine });
}

describe('golden vectors', () => {
  test('hold the logits of their pixels', async () => {
    const golden = await vectors(expected);
    expect(golden.tolerance).toBe(GOLDEN_TOLERANCE.fp32);
    expect(inputs.pictures.length).toBeGreaterThanOrEqual(4);
    for (const [row, picture] of inputs.pictures.entries()) {
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
    const golden = () => vectors(expected);
    expect(await golden()).toEqual(await golden());
    expect(goldenInputs(preprocessing)).toEqual(inputs);
  });

  test('take further pictures, of any size, by their names', () => {
    const size = { height: SHAPE.height * 3, width: SHAPE.width * 3 };
    const pixels = new Uint8Array(size.height * size.width * 3).fill(200);
    const { pictures } = goldenInputs(preprocessing, [
      { name: 'patched', picture: { ...size, pixels } },
    ]);
    const vector = pictures.find(({ name }) => name === 'patched');
    expect(goldenPixels(vector!)).toEqual(new Uint8Array(SHAPE.height * SHAPE.width * 3).fill(200));
  });

  test('are refused, naming the picture, when the engine disagrees', async () => {
    const wrong = expected.slice();
    wrong[2 * SHAPE.classes + 1]! += 2 * GOLDEN_TOLERANCE.fp32;
    const third = goldenPictures(SHAPE.height, SHAPE.width, 1)[2]!.name;
    await expect(vectors(wrong)).rejects.toMatchObject({
      name: 'ExportError',
      code: 'GOLDEN_DIFFERS',
      message: expect.stringContaining(`"${third}", class 1`),
    });
  });

  test('are refused when the engine gives too few logits', async () => {
    await expect(vectors(new Float32Array(2))).rejects.toMatchObject({
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
