import * as tf from '@tensorflow/tfjs';

/** A kernel that some backends have: dy where x > 0, else 0. Linear in `dy`; `x` is a mask to it. */
export const RELU_GRADIENT = 'ReluGradient';

/** The gradient of relu, by the backend's kernel where it has one, and that kernel's own gradient. */
export const reluGradients: readonly tf.GradConfig[] = [
  {
    kernelName: tf.Relu,
    inputsToSave: ['x'],
    gradFunc: (dy, saved) => {
      const [x] = saved as [tf.Tensor];
      return { x: () => masked(dy as tf.Tensor, x) };
    },
  },
  {
    kernelName: RELU_GRADIENT,
    inputsToSave: ['x'],
    gradFunc: (ddy, saved) => {
      const [x] = saved as [tf.Tensor];
      return { dy: () => masked(ddy as tf.Tensor, x), x: () => tf.zerosLike(x) };
    },
  },
];

function masked(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  if (tf.getKernel(RELU_GRADIENT, tf.getBackend()) === undefined) {
    return tf.mul(dy, tf.cast(tf.step(x), 'float32'));
  }
  return tf.engine().runKernel<tf.Tensor>(RELU_GRADIENT, { dy, x });
}
