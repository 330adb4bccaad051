import * as tf from '@tensorflow/tfjs';
import type { Editor } from './editor.ts';
import { mapTensors } from './map-tensors.ts';

/** Added to the squared norm inside its root, whose derivative at 0 would be infinite: 1e-8 squared. */
const EPSILON = 1e-16;

/**
 * Gradient descent with steps of one length (Sinitsin et al. 2020, section 4.1):
 * theta' = theta - rate * g / sqrt(||g||^2 + 1e-16), the norm over all edited parameters together.
 */
export function scaledGradientDescent(rate = 0.2): Editor {
  return {
    name: 'scaled-gradient-descent',
    coefficients: { rate: { value: rate, range: 'positive' } },
    step: (parameters, gradients, _memory, coefficients) => {
      const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
      const norm = tf.sqrt(tf.add(tf.addN(squares), EPSILON));
      const factor = tf.div(coefficients.rate!, norm);
      return {
        parameters: mapTensors(parameters, (parameter, name) =>
          tf.sub(parameter, tf.mul(gradients[name]!, factor)),
        ),
        memory: {},
      };
    },
  };
}
