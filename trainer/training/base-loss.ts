import * as tf from '@tensorflow/tfjs';
import type { TensorMap } from '../engine/engine.ts';
import { logSoftmax } from '../engine/gradient/log-softmax.ts';
import { correctCount, crossEntropy } from '../network/loss.ts';
import type { Report } from './objective.ts';

/**
 * What training wants of the answers themselves, L_base: a scalar of logits [N,classes] of a batch.
 * Reports how many of the answers are as it wants them, as a share.
 */
export type BaseLoss = (logits: tf.Tensor2D, batch: TensorMap, report: Report) => tf.Scalar;

/** Cross-entropy with the labels, `oneHot` [N,classes]. Reports `accuracy`. */
export const crossEntropyLoss: BaseLoss = (logits, { oneHot }, report) => {
  report('accuracy', shareOfTop(logits, oneHot!));
  return crossEntropy(logits, oneHot!);
};

/**
 * Distillation: KL(teacher || student) = sum p_t (log p_t - log p_s), the mean over the batch (Hinton et
 * al. 2015, arXiv 1503.02531, at temperature 1 and without labels). `teacherLogits` [N,classes] are those
 * of the very pictures in the batch. Reports `agreement`, the share with the teacher's answer.
 */
export const distillationLoss: BaseLoss = (logits, { teacherLogits }, report) => {
  const teacher = teacherLogits as tf.Tensor2D;
  const answers = tf.cast(tf.greaterEqual(teacher, tf.max(teacher, -1, true)), 'float32');
  report('agreement', shareOfTop(logits, answers));
  const wanted = logSoftmax(teacher);
  const gaps = tf.sub(wanted, logSoftmax(logits));
  return tf.mean(tf.sum(tf.mul(tf.exp(wanted), gaps), -1));
};

function shareOfTop(logits: tf.Tensor2D, oneHot: tf.Tensor): tf.Scalar {
  return tf.div(correctCount(logits, oneHot), logits.shape[0]);
}
