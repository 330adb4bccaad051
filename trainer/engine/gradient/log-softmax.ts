import * as tf from '@tensorflow/tfjs';

/**
 * log softmax over the last axis: `z - max(z) - log(sum(exp(z - max(z))))`. Any shape, output alike.
 *
 * Use this instead of `tf.logSoftmax` and `tf.losses.softmaxCrossEntropy`: those keep their output for
 * the gradient and are silently wrong when derived twice.
 */
export function logSoftmax(logits: tf.Tensor): tf.Tensor {
  const shifted = tf.sub(logits, constantMaximum(logits));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)));
}

/**
 * The maximum over the last axis as a constant. log softmax does not depend on the shift, so that its
 * gradient may be left out; inside `customGrad` nothing of it reaches the tape.
 */
function constantMaximum(logits: tf.Tensor): tf.Tensor {
  return tf.customGrad((z) => {
    const input = z as tf.Tensor;
    const { shape } = input;
    return { value: tf.max(input, -1, true), gradFunc: () => tf.fill(shape, 0) };
  })(logits);
}
