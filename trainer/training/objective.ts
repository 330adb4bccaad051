import type * as tf from '@tensorflow/tfjs';
import type { TensorMap } from '../engine/engine.ts';
import type { BatchStatistics } from '../network/batch-norm.ts';
import type { NamedTensors } from '../network/convolution-layer.ts';

/** What a training step minimises. */
export interface Objective {
  /**
   * The loss of one batch, a scalar.
   * @param parameters what is learned, with the running statistics among them
   * @param batch `images` [N,3,H,W], `oneHot` [N,classes], and what else the objective asks for
   * @param statistics receives the batch statistics of every normalisation
   * @param report receives scalars to watch, by name
   */
  loss(
    parameters: NamedTensors,
    batch: TensorMap,
    statistics: (normalisation: string, statistics: BatchStatistics) => void,
    report: (name: string, scalar: tf.Scalar) => void,
  ): tf.Scalar;
  /** Gradients are scaled down to this global norm, or left alone. */
  readonly clipNorm: number | null;
}
