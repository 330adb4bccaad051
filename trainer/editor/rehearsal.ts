import * as tf from '@tensorflow/tfjs';
import { plainBatch } from '../data/batches.ts';
import type { DataSet } from '../data/data-set.ts';
import { randomFor } from '../data/random.ts';
import { logSoftmax } from '../engine/gradient/log-softmax.ts';
import { EditorError } from './editor-error.ts';

/** Asks an edit to keep the answers to other pictures: l_e + weight * KL is minimised instead of l_e. */
export interface Rehearsal {
  readonly weight: number;
  /** How many other pictures. */
  readonly pictures: number;
}

/**
 * Mean over pictures of KL(softmax(before) || softmax(now)), in nats.
 * @param before the answers that are to be kept, log-probabilities [N,classes]
 * @param logits [N,classes]
 */
export function divergence(before: tf.Tensor, logits: tf.Tensor): tf.Scalar {
  const difference = tf.sub(before, logSoftmax(logits));
  return tf.mean(tf.sum(tf.mul(tf.exp(before), difference), -1));
}

/**
 * Training pictures to rehearse, without repetition, drawn by the seed alone: more of them begin with
 * the same ones.
 * @returns [N,3,H,W], normalised
 * @throws EditorError REHEARSAL_INVALID where there are fewer pictures
 */
export function rehearsalImages(
  { name, train, preprocessing }: DataSet,
  pictures: number,
  seed: number,
): Float32Array {
  if (!(Number.isInteger(pictures) && pictures >= 1 && pictures <= train.count)) {
    throw new EditorError(
      'REHEARSAL_INVALID',
      `${pictures} pictures cannot be rehearsed; give a whole number from 1 to the ${train.count} training pictures of ${name}.`,
    );
  }
  const order = Uint32Array.from({ length: train.count }, (_, picture) => picture);
  randomFor(seed, 'rehearsal').shuffle(order);
  return plainBatch(train, order.subarray(0, pictures), preprocessing).images;
}
