import * as tf from '@tensorflow/tfjs';
import type { Editor } from './editor.ts';

/** The least that a step goes for, in nats: what is nearly reached is not crept up to. */
const LEAST = 0.05;

/** The only parameter that it moves. */
const MATRIX = 'fc.weight';

/**
 * Gradient descent on the last layer's matrix along what changes the answers to other pictures the least
 * for the same gain, to where the linear model of the loss lets the constraint hold:
 *
 *   direction = g C^-1; theta' = theta - rate * shortfall / <g, direction> * direction
 *
 * C is E[h h^T] of what the layer takes (`secondMoment`), with a ridge: the preconditioner of FOOF (Benzing
 * 2022, arXiv 2201.12250, section 3), and the metric by which ROME inserts a fact (Meng et al. 2022, arXiv
 * 2202.05262, equation 2). The length is Polyak's (1969). The layer's bias, which all pictures share, stays.
 */
export function preconditionedGradient(
  rate = 1,
): Editor & Required<Pick<Editor, 'preconditioned'>> {
  return {
    name: 'preconditioned-gradient',
    coefficients: { rate: { value: rate, range: 'positive' } },
    preconditioned: 'head',
    step: (parameters, gradients, _memory, coefficients, aim) => {
      const gradient = gradients[MATRIX] as tf.Tensor2D;
      const direction = tf.matMul(gradient, aim!.inverseCurvature as tf.Tensor2D);
      const slope = tf.sum(tf.mul(gradient, direction));
      const shortfall = tf.maximum(aim!.shortfall, LEAST);
      const length = tf.div(tf.mul(coefficients.rate!, shortfall), slope);
      const moved = tf.sub(parameters[MATRIX]!, tf.mul(direction, length));
      return { parameters: { [MATRIX]: moved }, memory: {} };
    },
  };
}
