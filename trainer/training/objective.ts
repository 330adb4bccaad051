import type * as tf from '@tensorflow/tfjs';
import type { TensorMap } from '../engine/engine.ts';
import type { BatchStatistics } from '../network/batch-norm.ts';
import type { NamedTensors } from '../network/convolution-layer.ts';

/** Receives scalars to watch, by name. */
export type Report = (name: string, scalar: tf.Scalar) => void;

/** What a training step minimises. */
export interface Objective {
  /**
   * The loss of one batch, a scalar.
   * @param parameters what is learned, with the running statistics among them
   * @param batch `images` [N,3,H,W], and what else the objective asks for
   * @param statistics receives the batch statistics of every normalisation
   */
  loss(
    parameters: NamedTensors,
    batch: TensorMap,
    statistics: (normalisation: string, statistics: BatchStatistics) => void,
    report: Report,
  ): tf.Scalar;
}
