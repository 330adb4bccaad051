import { describe, expect, test } from 'vitest';
import { describeEveryEngine } from '../every-engine.ts';
import { compareDerivatives } from './compare-derivatives.ts';
import { OPERATION_CASES } from './operation-cases.ts';

/** Relative to the largest derivative compared; float32 rounding stays below a tenth of it. */
const TOLERANCE = 1e-4;

describeEveryEngine((engine) => {
  for (const [family, cases] of Object.entries(OPERATION_CASES)) {
    describe(`${family}: value, first and second derivatives as finite differences in double precision`, () => {
      test.each(Object.entries(cases))('%s', async (_, pair) => {
        const errors = await compareDerivatives(engine, pair);
        expect(errors.value).toBeLessThan(TOLERANCE);
        expect(errors.first).toBeLessThan(TOLERANCE);
        expect(errors.second).toBeLessThan(TOLERANCE);
      });
    });
  }
});
