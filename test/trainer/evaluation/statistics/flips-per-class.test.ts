import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  drawdown,
  flipsPerClass,
} from '../../../../trainer/evaluation/statistics/flips-per-class.ts';

const CLASSES = 4;
const label = fc.integer({ min: 0, max: CLASSES - 1 });
const picture = fc.record({ label, before: label, after: label, counts: fc.boolean() });

test('flips by class and drawdown are what counting picture by picture gives', () => {
  fc.assert(
    fc.property(fc.array(picture, { maxLength: 40 }), (all) => {
      const flips = flipsPerClass(
        all.map((each) => each.label),
        all.map((each) => each.before),
        all.map((each) => each.after),
        CLASSES,
        (index) => all[index]!.counts,
      );
      const counted = all.filter(({ counts }) => counts);
      for (let of = 0; of < CLASSES; of++) {
        const mine = counted.filter((each) => each.label === of);
        expect(flips.negative[of]).toBe(
          mine.filter(({ before, after }) => before === of && after !== of).length,
        );
        expect(flips.positive[of]).toBe(
          mine.filter(({ before, after }) => before !== of && after === of).length,
        );
      }
      expect(flips.pictures).toBe(counted.length);
      const error = (when: 'before' | 'after') =>
        counted.filter((each) => each[when] !== each.label).length / counted.length;
      if (counted.length > 0) {
        expect(drawdown(flips)).toBeCloseTo(error('after') - error('before'), 12);
      }
    }),
  );
});
