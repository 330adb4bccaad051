import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scheduledShare } from '../../../trainer/training/schedule.ts';

const shares = (total: number) =>
  Array.from({ length: total }, (_, step) => scheduledShare('one-cycle', step, total));

describe('the one-cycle schedule', () => {
  test('rises in equal steps for a fifth of the training, then falls as half a cosine', () => {
    const expected = [0.25, 0.5, 0.75, 1];
    for (let step = 5; step <= 20; step++) {
      expected.push(Math.cos((Math.PI / 2) * ((step - 4) / 16)) ** 2);
    }
    shares(20).forEach((share, step) => {
      expect(share).toBeCloseTo(expected[step]!, 12);
    });
  });

  test('stays within the peak, rises once and falls once, and ends at nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (total) => {
        const all = shares(total);
        const peak = all.indexOf(Math.max(...all));
        expect(all.every((share) => share >= 0 && share <= 1)).toBe(true);
        all.forEach((share, step) => {
          if (step === 0) return;
          if (step <= peak) expect(share).toBeGreaterThan(all[step - 1]!);
          else expect(share).toBeLessThan(all[step - 1]!);
        });
        expect(all.at(-1)).toBeCloseTo(0, 12);
      }),
    );
  });
});

test('the constant schedule is at its peak throughout', () => {
  expect([0, 1, 9].map((step) => scheduledShare('constant', step, 10))).toEqual([1, 1, 1]);
});
