import * as tf from '@tensorflow/tfjs';
import type { Editor } from './editor.ts';
import { mapTensors } from './map-tensors.ts';

/** Added to the mean square inside its root, as in the authors' code. */
const EPSILON = 1e-6;

/**
 * RMSProp in the form of the paper's authors (Sinitsin et al. 2020): r_0 = g_0^2,
 * r_t = decay * r_{t-1} + (1 - decay) * g_t^2, theta' = theta - rate * g_t / sqrt(r_t + 1e-6).
 */
export function rmsprop(rate = 1e-3, decay = 0.5): Editor {
  return {
    name: 'rmsprop',
    coefficients: {
      rate: { value: rate, range: 'positive' },
      decay: { value: decay, range: 'fraction' },
    },
    step: (parameters, gradients, memory, coefficients) => {
      const meanSquares = mapTensors(gradients, (gradient, name) => {
        const square = tf.square(gradient);
        if (!memory) return square;
        const decay = coefficients.decay!;
        return tf.add(tf.mul(memory[name]!, decay), tf.mul(square, tf.sub(1, decay)));
      });
      return {
        parameters: mapTensors(parameters, (parameter, name) => {
          const root = tf.sqrt(tf.add(meanSquares[name]!, EPSILON));
          return tf.sub(parameter, tf.mul(tf.div(gradients[name]!, root), coefficients.rate!));
        }),
        memory: meanSquares,
      };
    },
  };
}
