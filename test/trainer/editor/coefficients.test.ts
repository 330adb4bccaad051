import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  naturalCoefficients,
  rawCoefficients,
  withCoefficients,
} from '../../../trainer/editor/coefficients.ts';
import { coefficientValues } from '../../../trainer/editor/editor.ts';
import { EDITORS } from '../../../trainer/editor/editors.ts';
import { disposeValues } from '../../../trainer/network/weights.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import type { NdArray } from '../engine/float64/nd-array.ts';
import { compareDerivatives, readAll } from '../engine/gradient/compare-derivatives.ts';

const rmsprop = EDITORS.rmsprop!;

test('other values leave the rule and the editor they were given to alone', () => {
  const before = coefficientValues(rmsprop);
  const changed = withCoefficients(rmsprop, { rate: 0.25 });
  expect(coefficientValues(changed)).toEqual({ ...before, rate: 0.25 });
  expect(changed.step).toBe(rmsprop.step);
  expect(coefficientValues(rmsprop)).toEqual(before);
});

test('raw coefficients are a logarithm where they are above 0, and log-odds where they are fractions', () => {
  const rates = rawCoefficients(withCoefficients(rmsprop, { rate: Math.E, decay: 0.5 }));
  expect(rates.rate).toBeCloseTo(1, 12);
  expect(rates.decay).toBeCloseTo(0, 12);
});

describeEveryEngine((engine) => {
  test('natural coefficients of raw ones are what the editor had', async () => {
    const compiled = engine.compile((raw) => ({ ...naturalCoefficients(rmsprop, raw) }));
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: -12, max: 5, noNaN: true }),
        fc.double({ min: 1e-3, max: 1 - 1e-3, noNaN: true }),
        async (exponent, decay) => {
          const rate = Math.exp(exponent);
          const raw = rawCoefficients(withCoefficients(rmsprop, { rate, decay }));
          const inputs = Object.fromEntries(
            Object.entries(raw).map(([name, value]) => [
              name,
              engine.upload(Float32Array.of(value), []),
            ]),
          );
          const natural = await readAll(await compiled.run(inputs));
          disposeValues(inputs);
          expect(natural.rate![0]! / rate).toBeCloseTo(1, 4);
          expect(natural.decay![0]!).toBeCloseTo(decay, 5);
        },
      ),
      { numRuns: 30 },
    );
    await compiled.dispose();
  });

  test('they are right to second order', async () => {
    const vector = (...data: number[]): NdArray => ({ shape: [3], data: Float64Array.from(data) });
    const errors = await compareDerivatives(engine, {
      operands: [vector(-1.5, 0.25, 1), vector(-2, 0.5, 1.5)],
      tensors: (rate, decay) => {
        const natural = naturalCoefficients(rmsprop, { rate: rate!, decay: decay! });
        return tf.mul(natural.rate!, natural.decay!);
      },
      float64: (rate, decay) =>
        vector(
          ...Array.from(
            rate!.data,
            (value, at) => Math.exp(value) / (1 + Math.exp(-decay!.data[at]!)),
          ),
        ),
    });
    for (const error of Object.values(errors)) expect(error).toBeLessThan(1e-4);
  });
});
