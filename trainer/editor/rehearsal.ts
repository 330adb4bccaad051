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
  /** How many of them each step looks at, one batch after the other; all of them without it. */
  readonly batch?: number | undefined;
  /** Of their draw from the training pictures. */
  readonly seed: number;
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
 * The training pictures to rehearse, without repetition: more of one seed begin with the same ones.
 * @returns [N,3,H,W], normalised; null where nothing is rehearsed
 * @throws EditorError REHEARSAL_INVALID where there are fewer pictures
 */
export function rehearsalImages(
  { name, train, preprocessing }: DataSet,
  rehearsal: Rehearsal | null | undefined,
): Float32Array | null {
  if (!rehearsal) return null;
  const { pictures, seed } = rehearsal;
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
