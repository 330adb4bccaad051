import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../network/convolution-layer.ts';
import type { Editor } from './editor.ts';
import { mapTensors, prefixed } from './map-tensors.ts';

/** Added to the second moment inside its root, as in RMSProp, whose derivative at 0 would be infinite. */
const EPSILON = 1e-6;

const FIRST = 'first.';
const SECOND = 'second.';
/** The decays to the power of the steps done. */
const FIRST_POWER = 'firstPower';
const SECOND_POWER = 'secondPower';

/**
 * Adam (Kingma & Ba 2015, algorithm 1), with the epsilon inside the root:
 *
 *   m_t = firstDecay * m_{t-1} + (1 - firstDecay) * g_t, m_0 = 0, and v_t alike of g_t^2;
 *   theta' = theta - rate * m_t / (1 - firstDecay^t) / sqrt(v_t / (1 - secondDecay^t) + 1e-6)
 */
export function adam(rate = 1e-3, firstDecay = 0.9, secondDecay = 0.999): Editor {
  return {
    name: 'adam',
    coefficients: {
      rate: { value: rate, range: 'positive' },
      firstDecay: { value: firstDecay, range: 'fraction' },
      secondDecay: { value: secondDecay, range: 'fraction' },
    },
    step: (parameters, gradients, memory, coefficients) => {
      const firstDecay = coefficients.firstDecay!;
      const secondDecay = coefficients.secondDecay!;
      const firstPower = memory ? tf.mul(memory[FIRST_POWER]!, firstDecay) : firstDecay;
      const secondPower = memory ? tf.mul(memory[SECOND_POWER]!, secondDecay) : secondDecay;
      const squares = mapTensors(gradients, (gradient) => tf.square(gradient));
      const first = movingAverage(gradients, memory, FIRST, firstDecay);
      const second = movingAverage(squares, memory, SECOND, secondDecay);
      const rate = tf.div(coefficients.rate!, tf.sub(1, firstPower));
      const correction = tf.sub(1, secondPower);
      return {
        parameters: mapTensors(parameters, (parameter, name) => {
          const root = tf.sqrt(tf.add(tf.div(second[name]!, correction), EPSILON));
          return tf.sub(parameter, tf.mul(tf.div(first[name]!, root), rate));
        }),
        memory: {
          ...prefixed(FIRST, first),
          ...prefixed(SECOND, second),
          [FIRST_POWER]: firstPower,
          [SECOND_POWER]: secondPower,
        },
      };
    },
  };
}

/** decay * before + (1 - decay) * value, where what was before the first step is 0. */
function movingAverage(
  values: NamedTensors,
  memory: NamedTensors | null,
  prefix: string,
  decay: tf.Tensor,
): NamedTensors {
  return mapTensors(values, (value, name) => {
    const fresh = tf.mul(value, tf.sub(1, decay));
    return memory ? tf.add(tf.mul(memory[prefix + name]!, decay), fresh) : fresh;
  });
}
