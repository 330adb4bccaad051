import * as tf from '@tensorflow/tfjs';
import { logSoftmax } from '../engine/gradient/log-softmax.ts';

/** Mean cross-entropy in nats. Both [N,classes]; `targets` are probabilities. */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor): tf.Scalar {
  return tf.neg(tf.mean(tf.sum(tf.mul(targets, logSoftmax(logits)), -1)));
}

/** How many rows have their largest logit where `oneHot` has its one. Both [N,classes]. */
export function correctCount(logits: tf.Tensor2D, oneHot: tf.Tensor): tf.Scalar {
  const chosen = tf.sum(tf.mul(logits, oneHot), -1, true);
  const beaten = tf.sum(tf.cast(tf.greater(logits, chosen), 'float32'), -1);
  return tf.sum(tf.cast(tf.less(beaten, 0.5), 'float32'));
}
