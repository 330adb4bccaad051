import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { registerSecondOrderGradients } from '../../../../trainer/engine/gradient/second-order.ts';
import { describeEveryEngine } from '../every-engine.ts';
import * as f64 from '../float64/operations.ts';
import { RandomArrays } from '../float64/random-array.ts';
import { compareDerivatives } from './compare-derivatives.ts';

const logits = new RandomArrays(5).signed([3, 4]);

describeEveryEngine((engine) => {
  test('finite differences catch the stock logSoftmax, right once and wrong twice', async () => {
    const errors = await compareDerivatives(engine, {
      operands: [logits],
      tensors: (x) => tf.logSoftmax(x!),
      float64: (x) => f64.logSoftmax(x!),
    });
    expect(errors.first).toBeLessThan(1e-4);
    expect(errors.second).toBeGreaterThan(0.01);
  });

  describe('after another copy of TensorFlow.js has registered its own gradients', () => {
    const exp = {
      operands: [logits],
      tensors: (x: tf.Tensor | undefined) => tf.exp(x!),
      float64: (x: typeof logits | undefined) => f64.map(x!, Math.exp),
    };

    test('registering again restores the second order', async () => {
      tf.registerGradient({
        kernelName: tf.Exp,
        outputsToSave: [true],
        gradFunc: (dy, saved) => ({ x: () => tf.mul(dy as tf.Tensor, saved[0]!) }),
      });
      const stock = await compareDerivatives(engine, exp).catch(() => ({ second: 1 }));
      expect(stock.second).toBeGreaterThan(0.01);
      registerSecondOrderGradients();
      expect((await compareDerivatives(engine, exp)).second).toBeLessThan(1e-4);
    });
  });
});
