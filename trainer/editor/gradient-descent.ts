import * as tf from '@tensorflow/tfjs';
import type { Editor } from './editor.ts';
import { mapTensors } from './map-tensors.ts';

/** theta' = theta - rate * gradient (Sinitsin et al. 2020, equation 3). */
export function gradientDescent(rate = 0.01): Editor {
  return {
    name: 'gradient-descent',
    coefficients: { rate: { value: rate, range: 'positive' } },
    step: (parameters, gradients, _memory, coefficients) => ({
      parameters: mapTensors(parameters, (parameter, name) =>
        tf.sub(parameter, tf.mul(gradients[name]!, coefficients.rate!)),
      ),
      memory: {},
    }),
  };
}
