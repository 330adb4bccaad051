import * as tf from '@tensorflow/tfjs';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON_HAT = 1e-8;

export interface AdamMoments {
  readonly first: tf.Tensor;
  readonly second: tf.Tensor;
}

/**
 * One update of Adam in the form at the end of section 2 of Kingma & Ba 2015 (arXiv 1412.6980): both
 * bias corrections are in `rate`, as `adamRate` gives it.
 */
export function adamUpdate(
  parameter: tf.Tensor,
  gradient: tf.Tensor,
  { first, second }: AdamMoments,
  rate: tf.Tensor,
): { parameter: tf.Tensor; moments: AdamMoments } {
  const m = tf.add(tf.mul(first, BETA1), tf.mul(gradient, 1 - BETA1));
  const v = tf.add(tf.mul(second, BETA2), tf.mul(tf.square(gradient), 1 - BETA2));
  const direction = tf.div(m, tf.add(tf.sqrt(v), EPSILON_HAT));
  return {
    parameter: tf.sub(parameter, tf.mul(rate, direction)),
    moments: { first: m, second: v },
  };
}

/** The learning rate with Adam's bias corrections at `step`, counted from 1. */
export function adamRate(learningRate: number, step: number): number {
  return (learningRate * Math.sqrt(1 - BETA2 ** step)) / (1 - BETA1 ** step);
}
