import { describe, expect, test } from 'vitest';
import { describeEveryEngine } from '../every-engine.ts';
import { compareDerivatives } from './compare-derivatives.ts';
import { COMPOSITIONS } from './operation/composition.ts';
import { CONVOLUTIONS } from './operation/convolution.ts';
import { ELEMENTWISE } from './operation/elementwise.ts';
import { PRODUCTS } from './operation/matrix-product.ts';
import { REDUCTIONS } from './operation/reduction.ts';
import { SHAPES } from './operation/shape.ts';

const FAMILIES = {
  convolution: CONVOLUTIONS,
  elementwise: ELEMENTWISE,
  reduction: REDUCTIONS,
  shape: SHAPES,
  'matrix product': PRODUCTS,
  composition: COMPOSITIONS,
};

/** Relative to the largest derivative compared; float32 rounding stays below a tenth of it. */
const TOLERANCE = 1e-4;

describeEveryEngine((engine) => {
  for (const [family, cases] of Object.entries(FAMILIES)) {
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
