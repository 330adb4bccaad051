import * as tf from '@tensorflow/tfjs';

/**
 * Stock TensorFlow.js writes these gradients in terms of the kernel's own output, kept as a copy that
 * precedes the kernel on the tape: what a second derivation sends through that copy is lost. These
 * recompute the output from the input.
 */
export const elementwiseGradients: readonly tf.GradConfig[] = [
  unary(tf.Exp, (x) => tf.exp(x)),
  unary(tf.Sigmoid, (x) => {
    const y = tf.sigmoid(x);
    return tf.mul(y, tf.sub(1, y));
  }),
  unary(tf.Tanh, (x) => tf.sub(1, tf.square(tf.tanh(x)))),
  {
    kernelName: tf.Pow,
    inputsToSave: ['a', 'b'],
    gradFunc: (gradient, saved) => {
      const dy = gradient as tf.Tensor;
      const [base, exponent] = saved as [tf.Tensor, tf.Tensor];
      return {
        a: () =>
          sumToShape(tf.mul(dy, tf.mul(exponent, tf.pow(base, tf.sub(exponent, 1)))), base.shape),
        b: () => {
          const positive = tf.greater(base, 0);
          const safe = tf.where(positive, base, tf.onesLike(base));
          return sumToShape(
            tf.mul(dy, tf.mul(tf.pow(base, exponent), tf.log(safe))),
            exponent.shape,
          );
        },
      };
    },
  },
];

function unary(kernelName: string, derivative: (x: tf.Tensor) => tf.Tensor): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dy, saved) => {
      const [x] = saved as [tf.Tensor];
      return { x: () => tf.mul(dy as tf.Tensor, derivative(x)) };
    },
  };
}

function sumToShape(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, shape);
}
