import * as tf from '@tensorflow/tfjs';

/** Larger than any logit, so that the reference class never counts among its rivals. */
const EXCLUDED = 1e9;

/**
 * The constraint of an edit, l_e = max_{i != ref} log p_i - log p_ref, one number a picture (Sinitsin et
 * al. 2020, section 4.1): the edit holds where it is below 0. The normaliser of the softmax cancels.
 * @param logits [N,classes]
 * @param oneHot the wanted labels, [N,classes]
 * @returns [N], in nats
 */
export function constraintLoss(logits: tf.Tensor2D, oneHot: tf.Tensor): tf.Tensor1D {
  const wanted = tf.sum(tf.mul(logits, oneHot), -1);
  const rivals = tf.sub(logits, tf.mul(oneHot, EXCLUDED));
  return tf.sub(tf.max(rivals, -1), wanted);
}
