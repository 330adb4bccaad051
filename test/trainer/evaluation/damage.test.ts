import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PictureSet } from '../../../trainer/data/picture-set.ts';
import { errorRate, measureDamage } from '../../../trainer/evaluation/damage.ts';
import { softmax, topClasses } from '../../../trainer/evaluation/top-class.ts';

const CLASSES = 4;

const setOf = (labels: number[]): PictureSet => ({
  name: 'control',
  height: 1,
  width: 1,
  labelNames: ['a', 'b', 'c', 'd'],
  count: labels.length,
  labels: Uint8Array.from(labels),
  pixels: new Uint8Array(3 * labels.length),
});

// Few distinct values, so that ties occur.
const row = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: CLASSES, maxLength: CLASSES });
const picture = fc.record({ label: fc.integer({ min: 0, max: 3 }), before: row, after: row });
const pictures = fc.array(picture, { minLength: 1, maxLength: 40 });

/** The first of the largest. */
const answer = (logits: number[]) => logits.indexOf(Math.max(...logits));

describe('damage', () => {
  test('is what counting picture by picture gives', () => {
    fc.assert(
      fc.property(pictures, (all) => {
        const logits = (of: 'before' | 'after') =>
          Float32Array.from(all.flatMap((each) => each[of]));
        const set = setOf(all.map(({ label }) => label));
        const damage = measureDamage(set, logits('before'), logits('after'));
        const described = all.map(({ label, before, after }, index) => ({
          picture: index,
          label,
          before: answer(before),
          after: answer(after),
        }));
        expect(damage.negativeFlips).toEqual(
          described.filter((each) => each.before === each.label && each.after !== each.label),
        );
        expect(damage.positiveFlips).toEqual(
          described.filter((each) => each.before !== each.label && each.after === each.label),
        );
        const share = (of: 'before' | 'after') =>
          described.filter((each) => each[of] !== each.label).length / all.length;
        expect(damage.pictures).toBe(all.length);
        expect(damage.errorBefore).toBeCloseTo(share('before'), 12);
        expect(damage.errorAfter).toBeCloseTo(share('after'), 12);
        expect(damage.drawdown).toBeCloseTo(share('after') - share('before'), 12);
      }),
    );
  });

  test('of an edit that changes no answer is none, even where every logit changed', () => {
    const logits = Float32Array.of(1, 0, 0, 0, 0, 2, 0, 0);
    const damage = measureDamage(
      setOf([0, 0]),
      logits,
      logits.map((value) => 5 * value - 1),
    );
    expect(damage).toEqual({
      pictures: 2,
      errorBefore: 0.5,
      errorAfter: 0.5,
      drawdown: 0,
      negativeFlips: [],
      positiveFlips: [],
    });
  });
});

test('the error rate is the share of pictures whose answer is not their label', () => {
  expect(errorRate(setOf([0, 1, 2, 3]), [0, 1, 3, 0])).toBe(0.5);
  expect(errorRate(setOf([2]), [2])).toBe(0);
});

test('the first of tied classes is the answer', () => {
  expect([...topClasses(Float32Array.of(1, 3, 3, -1, -2, -2), 3)]).toEqual([1, 0]);
});

test('probabilities sum to 1 and survive any logits', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 1 }),
      (x) => {
        const probabilities = softmax(x);
        expect(probabilities.reduce((sum, value) => sum + value)).toBeCloseTo(1, 10);
        expect(probabilities.every((value) => value >= 0 && value <= 1)).toBe(true);
      },
    ),
  );
  const [a, b] = softmax([Math.log(3), 0]);
  expect([a, b]).toEqual([expect.closeTo(0.75, 12), expect.closeTo(0.25, 12)]);
});
