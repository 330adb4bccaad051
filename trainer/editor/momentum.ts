import * as tf from '@tensorflow/tfjs';
import type { Editor } from './editor.ts';
import { mapTensors } from './map-tensors.ts';

/**
 * Gradient descent with momentum (Polyak 1964; Sinitsin et al. 2020, section 4.1): m_0 = g_0,
 * m_t = momentum * m_{t-1} + g_t, theta' = theta - rate * m_t.
 */
export function momentum(rate = 5e-3, momentum = 0.5): Editor {
  return {
    name: 'momentum',
    coefficients: {
      rate: { value: rate, range: 'positive' },
      momentum: { value: momentum, range: 'fraction' },
    },
    step: (parameters, gradients, memory, coefficients) => {
      const velocities = memory
        ? mapTensors(gradients, (gradient, name) =>
            tf.add(tf.mul(memory[name]!, coefficients.momentum!), gradient),
          )
        : gradients;
      return {
        parameters: mapTensors(parameters, (parameter, name) =>
          tf.sub(parameter, tf.mul(velocities[name]!, coefficients.rate!)),
        ),
        memory: velocities,
      };
    },
  };
}
