import * as tf from '@tensorflow/tfjs';
import { constant } from '../engine/gradient/constant.ts';
import type { Editor } from './editor.ts';
import { mapTensors, prefixed } from './map-tensors.ts';

const SIGN = 'sign.';
const SIZE = 'size.';

/**
 * RProp-, resilient propagation without weight backtracking (Igel & Hüsken 2003, algorithm 2). Every
 * element has a step size s of its own, s_0 = rate:
 *
 *   s_t = increase * s_{t-1} where sign(g_t) = sign(g_{t-1}), decrease * s_{t-1} where they are opposite,
 *   s_{t-1} where one is 0;   theta' = theta - s_t * sign(g_t)
 *
 * The published bounds on s, 1e-6 and 50, are left out: ten steps do not reach them. The rule is a
 * step function of the gradients. Signs and the choice among the three cases are therefore constants to
 * derivatives, which pass through theta and the coefficients alone.
 */
export function rprop(rate = 1e-3, increase = 1.2, decrease = 0.5): Editor {
  return {
    name: 'rprop',
    coefficients: {
      rate: { value: rate, range: 'positive' },
      increase: { value: increase, range: 'positive' },
      decrease: { value: decrease, range: 'fraction' },
    },
    step: (parameters, gradients, memory, coefficients) => {
      const signs = mapTensors(gradients, (gradient) => constant(tf.sign(gradient)));
      const sizes = mapTensors(signs, (sign, name) => {
        if (!memory) return tf.mul(tf.onesLike(sign), coefficients.rate!);
        const agreement = tf.mul(sign, memory[SIGN + name]!);
        const growth = tf.mul(tf.relu(agreement), tf.sub(coefficients.increase!, 1));
        const shrinkage = tf.mul(tf.relu(tf.neg(agreement)), tf.sub(coefficients.decrease!, 1));
        return tf.mul(memory[SIZE + name]!, tf.add(tf.add(growth, shrinkage), 1));
      });
      return {
        parameters: mapTensors(parameters, (parameter, name) =>
          tf.sub(parameter, tf.mul(signs[name]!, sizes[name]!)),
        ),
        memory: { ...prefixed(SIGN, signs), ...prefixed(SIZE, sizes) },
      };
    },
  };
}
