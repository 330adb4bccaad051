import * as tf from '@tensorflow/tfjs';

const COMPARISONS = [
  tf.Equal,
  tf.NotEqual,
  tf.Greater,
  tf.GreaterEqual,
  tf.Less,
  tf.LessEqual,
  tf.LogicalAnd,
  tf.LogicalOr,
];

/**
 * A mask is constant almost everywhere, so its gradient is zero. Stock TensorFlow.js has none for most
 * comparisons, and so cannot derive a gradient that masks, such as that of a maximum, a second time.
 */
export const comparisonGradients: readonly tf.GradConfig[] = [
  ...COMPARISONS.map((kernelName) => ({
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (_dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      return { a: () => zeros(a), b: () => zeros(b) };
    },
  })),
  {
    kernelName: tf.LogicalNot,
    inputsToSave: ['x'],
    gradFunc: (_dy, saved) => {
      const [x] = saved as [tf.Tensor];
      return { x: () => zeros(x) };
    },
  },
];

/** Float zeros also where `like` is boolean, as the tape demands of every gradient. */
function zeros(like: tf.Tensor): tf.Tensor {
  return tf.fill(like.shape, 0);
}
