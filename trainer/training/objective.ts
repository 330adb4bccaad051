import type * as tf from '@tensorflow/tfjs';
import type { TensorMap } from '../engine/engine.ts';
import type { BatchStatistics } from '../network/batch-norm.ts';
import type { NamedTensors } from '../network/convolution-layer.ts';

/** Receives scalars to watch, by name. */
export type Report = (name: string, scalar: tf.Scalar) => void;

/**
 * A part of a loss, a scalar, which is derived by itself.
 * @param parameters what is learned, with the running statistics among them
 * @param inTurn passes a picture on once the terms before are derived. A term that is not the first gives
 *   it the pictures that it computes with; what it has from the terms before are constants to it
 */
export type Term = (
  parameters: NamedTensors,
  inTurn: <T extends tf.Tensor>(pictures: T) => T,
) => tf.Scalar;

/** What a training step minimises. */
export interface Objective {
  /**
   * The loss of one batch: the sum of terms, to be computed and derived in their order.
   * @param batch `images` [N,3,H,W], and what else the objective asks for
   * @param statistics receives the batch statistics of every normalisation
   */
  terms(
    batch: TensorMap,
    statistics: (normalisation: string, statistics: BatchStatistics) => void,
    report: Report,
  ): readonly Term[];
}
