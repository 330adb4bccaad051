import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dataSet } from '../../../trainer/data/data-set.ts';
import { pictureAt, splitValidation, subset } from '../../../trainer/data/picture-set.ts';
import { numberedPictures } from './numbered-pictures.ts';

test('gives a picture and its size', () => {
  const set = numberedPictures({ count: 5, height: 2, width: 3 });
  expect(pictureAt(set, 3)).toEqual({ height: 2, width: 3, pixels: new Uint8Array(18).fill(3) });
});

test.each([-1, 5, 1.5, Number.NaN])('refuses picture %s of five', (index) => {
  const set = numberedPictures({ count: 5 });
  expect(() => pictureAt(set, index)).toThrow(
    expect.objectContaining({ code: 'SELECTION_INVALID' }),
  );
  expect(() => subset(set, [0, index])).toThrow(
    expect.objectContaining({ code: 'SELECTION_INVALID' }),
  );
});

test('a subset keeps pictures with their labels, in the order asked for', () => {
  const set = numberedPictures({ count: 20 });
  const chosen = subset(set, [7, 2, 13], 'three');
  expect(chosen).toMatchObject({ name: 'three', count: 3 });
  expect([...chosen.labels]).toEqual([7, 2, 3]);
  expect([0, 1, 2].map((i) => pictureAt(chosen, i).pixels[0])).toEqual([7, 2, 13]);
});

test('a subset is a copy', () => {
  const set = numberedPictures({ count: 3 });
  const chosen = subset(set, [1]);
  chosen.pixels.fill(99);
  expect(pictureAt(set, 1).pixels[0]).toBe(1);
});

test('the validation split and what is left share no picture and lose none', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 200 }), fc.nat(), fc.integer(), (count, part, seed) => {
      const held = 1 + (part % (count - 1));
      const set = numberedPictures({ count });
      const { train, validation } = splitValidation(set, held / count, seed);
      const first = (part: typeof set) =>
        Array.from({ length: part.count }, (_, i) => pictureAt(part, i).pixels[0]!);
      expect(validation.count).toBe(held);
      expect([...first(train), ...first(validation)].sort((a, b) => a - b)).toEqual(
        Array.from({ length: count }, (_, i) => i),
      );
      expect([...validation.labels]).toEqual(first(validation).map((number) => number % 10));
    }),
    { numRuns: 50 },
  );
});

test('the validation split depends on the seed alone', () => {
  const set = numberedPictures({ count: 100 });
  const held = (seed: number) => splitValidation(set, 0.1, seed).validation.pixels;
  expect(held(1)).toEqual(held(1));
  expect(held(1)).not.toEqual(held(2));
});

test.each([0, 1, -0.5, 1.2, 0.001, Number.NaN])('refuses to hold out a share of %s', (fraction) => {
  expect(() => splitValidation(numberedPictures({ count: 100 }), fraction, 1)).toThrow(
    expect.objectContaining({ code: 'SELECTION_INVALID' }),
  );
});

test('the fingerprint tells any change of data', () => {
  const channels = {
    mean: [0, 0, 0] as [number, number, number],
    std: [1, 1, 1] as [number, number, number],
  };
  const set = () => numberedPictures({ count: 4 });
  const of = (train: ReturnType<typeof set>, test = set()) =>
    dataSet('numbers', train, test, channels).fingerprint();
  const pixel = set();
  pixel.pixels[5]! += 1;
  const label = set();
  label.labels[2]! += 1;
  const renamed = { ...set(), labelNames: set().labelNames.map((name) => `${name}!`) };
  const turned = { ...set(), height: set().width, width: set().height };
  expect(of(set())).toMatch(/^[0-9a-f]{64}$/);
  expect(of(set())).toBe(of(set()));
  const prints = [
    of(set()),
    of(pixel),
    of(label),
    of(renamed),
    of(turned),
    of(set(), pixel),
    of(set(), label),
  ];
  expect(new Set(prints).size).toBe(prints.length);
});
