import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RgbPicture } from '../../../exporter/contract/picture/rgb-picture.ts';
import { loadDataSet } from '../../../trainer/data/load.ts';
import { pictureAt } from '../../../trainer/data/picture-set.ts';
import type { EditedModel, EditMethod } from '../../../trainer/editor/edit-method.ts';
import { ExactCache } from '../../../trainer/rival/exact-cache.ts';
import { PerceptualCache } from '../../../trainer/rival/perceptual-cache.ts';
import { hammingDistance, perceptualHash } from '../../../trainer/rival/perceptual-hash.ts';

const { test: embedded } = await loadDataSet('embedded');
const unfixed: EditedModel = { weights: new Map(), overrides: [] };
const noFeatures = new Float32Array();

/** What the overrides answer, the newest first, or null where the network is asked. */
function answer({ overrides }: EditedModel, picture: RgbPicture): number | null {
  return overrides.find((each) => each.matches(picture, noFeatures))?.label ?? null;
}

const mapped = (picture: RgbPicture, change: (value: number) => number): RgbPicture => ({
  ...picture,
  pixels: picture.pixels.map((value) => Math.max(0, Math.min(255, Math.round(change(value))))),
});

/** The picture moved right, what falls off coming in again at the left. */
function shifted(picture: RgbPicture, by: number): RgbPicture {
  const { width, height } = picture;
  const pixels = new Uint8Array(picture.pixels.length);
  for (let index = 0; index < pixels.length; index++) {
    const column = Math.floor(index / 3) % width;
    const row = Math.floor(index / 3 / width);
    const from = (column + width - by) % width;
    pixels[index] = picture.pixels[(row * width + from) * 3 + (index % 3)]!;
  }
  return { width, height, pixels };
}

/** Makes a fix of each picture, on the model that the one before gave. */
async function fixed(method: EditMethod, pictures: readonly [RgbPicture, number][]) {
  let model = unfixed;
  for (const [picture, label] of pictures) {
    const outcome = await method.edit(model, { picture, label });
    expect(outcome).toMatchObject({ success: true, steps: 1, lossBefore: null, lossAfter: null });
    model = outcome.model;
  }
  return model;
}

describe.each([new ExactCache(), new PerceptualCache()])('$name', (method) => {
  const [one, other, third] = [0, 1, 2].map((index) => pictureAt(embedded, index)) as [
    RgbPicture,
    RgbPicture,
    RgbPicture,
  ];

  test('answers for the pictures it was shown, and leaves the model it was given alone', async () => {
    const first = await fixed(method, [[one, 4]]);
    const { model: second } = await method.edit(first, { picture: other, label: 7 });
    expect([one, other, third].map((picture) => answer(second, picture))).toEqual([4, 7, null]);
    expect([one, other].map((picture) => answer(first, picture))).toEqual([4, null]);
    expect(unfixed.overrides).toEqual([]);
    expect(second.weights).toBe(unfixed.weights);
  });

  test('takes the newest label of a picture', async () => {
    const model = await fixed(method, [
      [one, 4],
      [one, 5],
    ]);
    expect(answer(model, one)).toBe(5);
  });

  test('does not follow what becomes of the array it was shown', async () => {
    const picture = mapped(one, (value) => value);
    const model = await fixed(method, [[picture, 4]]);
    picture.pixels.set(other.pixels);
    expect(answer(model, one)).toBe(4);
  });
});

describe('the exact cache', () => {
  test('misses a shift by one pixel, and a change of one bit', async () => {
    const pictures = Array.from({ length: 20 }, (_, index) => pictureAt(embedded, index));
    const model = await fixed(
      new ExactCache(),
      pictures.map((picture) => [picture, 1]),
    );
    for (const picture of pictures) {
      expect(answer(model, picture)).toBe(1);
      expect(answer(model, shifted(picture, 1))).toBeNull();
      const pixels = picture.pixels.slice();
      pixels[1000]! ^= 1;
      expect(answer(model, { ...picture, pixels })).toBeNull();
    }
  });

  test('tells pictures of the same bytes and other proportions apart', async () => {
    const pixels = new Uint8Array(3 * 8);
    const model = await fixed(new ExactCache(), [[{ width: 4, height: 2, pixels }, 1]]);
    expect(answer(model, { width: 2, height: 4, pixels })).toBeNull();
  });
});

describe('the perceptual cache', () => {
  const pictures = Array.from({ length: 50 }, (_, index) => pictureAt(embedded, index));
  const share = async (change: (picture: RgbPicture) => RgbPicture): Promise<number> => {
    let found = 0;
    for (const picture of pictures) {
      const model = await fixed(new PerceptualCache(), [[picture, 1]]);
      if (answer(model, change(picture)) === 1) found++;
    }
    return found / pictures.length;
  };

  test('knows pictures again that are brighter or have more contrast', async () => {
    expect(await share((picture) => mapped(picture, (value) => value + 15))).toBeGreaterThan(0.97);
    expect(await share((picture) => mapped(picture, (value) => value * 1.15))).toBeGreaterThan(
      0.97,
    );
  });

  test('does not know a picture again that is shifted by four pixels', async () => {
    expect(await share((picture) => shifted(picture, 4))).toBe(0);
  });

  test('takes pictures within its radius, and no other', async () => {
    const [picture, other] = [pictures[0]!, pictures[1]!];
    const distance = hammingDistance(perceptualHash(picture), perceptualHash(other));
    expect(distance).toBeGreaterThan(0);
    for (const [radius, expected] of [
      [distance, 1],
      [distance - 1, null],
    ] as const) {
      const model = await fixed(new PerceptualCache(radius), [[picture, 1]]);
      expect(answer(model, other), `radius ${radius}`).toBe(expected);
    }
  });
});

describe('the perceptual hash', () => {
  /** By the definition: the whole transform of 32 x 32 values, in plain loops. */
  function expectedBits({ pixels }: RgbPicture): boolean[] {
    const light = (y: number, x: number) => {
      const at = 3 * (32 * y + x);
      return 0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!;
    };
    const angle = (position: number, frequency: number) =>
      Math.cos((Math.PI * (2 * position + 1) * frequency) / 64);
    const coefficients: number[] = [];
    for (let v = 1; v <= 8; v++) {
      for (let u = 1; u <= 8; u++) {
        let sum = 0;
        for (let y = 0; y < 32; y++) {
          for (let x = 0; x < 32; x++) sum += light(y, x) * angle(y, v) * angle(x, u);
        }
        coefficients.push(sum);
      }
    }
    const sorted = [...coefficients].sort((a, b) => a - b);
    return coefficients.map((value) => value > (sorted[31]! + sorted[32]!) / 2);
  }

  const bitsOf = (hash: Uint32Array) =>
    Array.from({ length: 64 }, (_, bit) => ((hash[bit >> 5]! >>> (bit & 31)) & 1) === 1);

  test('has a bit for each low frequency above the median', () => {
    for (let index = 0; index < 10; index++) {
      const picture = pictureAt(embedded, index);
      expect(bitsOf(perceptualHash(picture))).toEqual(expectedBits(picture));
    }
  });

  test('distances count differing bits', () => {
    const word = fc.nat({ max: 0xffff_ffff });
    fc.assert(
      fc.property(word, word, word, word, (a, b, c, d) => {
        const one = Uint32Array.of(a, b);
        const other = Uint32Array.of(c, d);
        const differing = bitsOf(one).filter((bit, index) => bit !== bitsOf(other)[index]).length;
        expect(hammingDistance(one, other)).toBe(differing);
      }),
    );
  });

  test('is that of the picture at 32 x 32, whatever its size', () => {
    const picture = pictureAt(embedded, 3);
    const pixels = new Uint8Array(picture.pixels.length * 4);
    for (let index = 0; index < pixels.length; index++) {
      const [row, column] = [Math.floor(index / 192), Math.floor(index / 3) % 64];
      pixels[index] = picture.pixels[((row >> 1) * 32 + (column >> 1)) * 3 + (index % 3)]!;
    }
    const doubled = { width: 64, height: 64, pixels };
    expect(hammingDistance(perceptualHash(doubled), perceptualHash(picture))).toBeLessThanOrEqual(
      6,
    );
  });
});
