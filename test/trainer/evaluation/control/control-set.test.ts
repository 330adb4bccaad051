import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pictureAt, subset } from '../../../../trainer/data/picture-set.ts';
import {
  boundaryControl,
  topTwoGaps,
} from '../../../../trainer/evaluation/control/boundary-control.ts';
import { cleanControl } from '../../../../trainer/evaluation/control/clean-control.ts';
import { corruptedControl } from '../../../../trainer/evaluation/control/corrupted-control.ts';
import { numberedPictures } from '../../data/numbered-pictures.ts';
import { stripes } from '../../training/stripes.ts';

describe('clean', () => {
  const set = numberedPictures({ count: 60 });

  test('is the whole set without a count', () => {
    const control = cleanControl(set, { seed: 1 });
    expect([...control.sources]).toEqual([...Array(60).keys()]);
    expect(control.set.pixels).toEqual(set.pixels);
    expect(control.set.labels).toEqual(set.labels);
  });

  test('is a sample without repetition by the seed, its labels and pixels with it', () => {
    const control = cleanControl(set, { pictures: 20, seed: 4 });
    const { sources } = control;
    expect(new Set(sources).size).toBe(20);
    expect([...sources]).toEqual([...sources].sort((a, b) => a - b));
    sources.forEach((source, position) => {
      expect(pictureAt(control.set, position)).toEqual(pictureAt(set, source));
      expect(control.set.labels[position]).toBe(set.labels[source]);
    });
    expect(cleanControl(set, { pictures: 20, seed: 4 })).toEqual(control);
    expect(cleanControl(set, { pictures: 20, seed: 5 }).sources).not.toEqual(sources);
    const more = cleanControl(set, { pictures: 30, seed: 4 });
    expect([...more.sources]).toEqual(expect.arrayContaining([...sources]));
  });

  test('refuses more pictures than there are', () => {
    for (const pictures of [0, 61, 1.5]) {
      expect(() => cleanControl(set, { pictures, seed: 1 })).toThrow(
        expect.objectContaining({ code: 'SELECTION_INVALID' }),
      );
    }
  });
});

describe('boundary', () => {
  test('gaps are those of the two largest probabilities', () => {
    const logit = fc.double({ min: -30, max: 30, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(logit, logit, logit, logit), { maxLength: 5 }), (rows) => {
        const logits = Float32Array.from(rows.flat());
        const gaps = topTwoGaps(logits, 4);
        expect(gaps).toHaveLength(rows.length);
        rows.forEach((_, row) => {
          const powers = [...logits.subarray(4 * row, 4 * row + 4)].map((x) => Math.exp(x));
          const sum = powers.reduce((total, power) => total + power, 0);
          const [first, second] = powers.sort((a, b) => b - a);
          expect(gaps[row]).toBeCloseTo((first! - second!) / sum, 10);
        });
      }),
    );
  });

  test('takes the pictures that the network barely decides, wherever they lie', () => {
    const set = subset(numberedPictures({ count: 5 }), [0, 1, 2, 3, 4]);
    const probabilities = [
      [0.5, 0.46],
      [0.5, 0.44],
      [0.9, 0.05],
      [0.47, 0.47],
      [0.99, 0.001],
    ];
    const logits = new Float32Array(50);
    probabilities.forEach(([first, second], row) => {
      const rest = (1 - first! - second!) / 8;
      logits.fill(Math.log(rest), 10 * row, 10 * row + 10);
      logits[10 * row + 7] = Math.log(first!);
      logits[10 * row + 2] = Math.log(second!);
    });
    const control = boundaryControl(set, logits);
    expect([...control.sources]).toEqual([0, 3]);
    expect(control.set.pixels).toEqual(subset(set, [0, 3]).pixels);
    expect([...control.set.labels]).toEqual([0, 3]);
  });

  test('may be empty', () => {
    const logits = new Float32Array(10);
    logits[3] = 20;
    const control = boundaryControl(numberedPictures({ count: 1 }), logits);
    expect(control.set.count).toBe(0);
    expect(control.sources).toHaveLength(0);
  });
});

describe('corrupted', () => {
  const { test: set } = stripes({ test: 90, side: 16 });

  test('keeps labels, changes pictures, and uses every corruption and severity', async () => {
    const control = await corruptedControl(set, { seed: 3 });
    expect(control.set.labels).toEqual(set.labels);
    expect(control.corruptions).toHaveLength(90);
    const same = control.sources.filter((source) =>
      pictureAt(control.set, source).pixels.every(
        (value, index) => value === pictureAt(set, source).pixels[index],
      ),
    );
    expect(same).toHaveLength(0);
    const used = new Set(control.corruptions.map(({ kind, severity }) => `${kind} ${severity}`));
    expect(used.size).toBe(15);
  });

  test('does the same to a picture whatever else is in the sample', async () => {
    const few = await corruptedControl(set, { pictures: 10, seed: 3 });
    const all = await corruptedControl(set, { seed: 3 });
    few.sources.forEach((source, position) => {
      expect(few.corruptions[position]).toEqual(all.corruptions[source]);
      expect(pictureAt(few.set, position)).toEqual(pictureAt(all.set, source));
    });
    const other = await corruptedControl(set, { seed: 4 });
    expect(other.corruptions).not.toEqual(all.corruptions);
  });
});
