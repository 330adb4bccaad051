import * as tf from '@tensorflow/tfjs';
import type { TensorMap } from '../engine/engine.ts';
import type { BatchStatistics } from '../network/batch-norm.ts';
import type { NamedTensors } from '../network/convolution-layer.ts';
import { adamUpdate } from './adam.ts';
import { lossGradients } from './loss-gradients.ts';
import type { Objective } from './objective.ts';

/** How much of a batch's statistics enters the running ones; torchvision's value. */
const STATISTICS_MOMENTUM = 0.1;

export const MOMENT1 = 'moment1.';
export const MOMENT2 = 'moment2.';
/** Prefix of the scalars that a step reports. */
export const REPORT = 'report.';

/**
 * One step of training as a pure function.
 *
 * In: the learned parameters and running statistics by their names, Adam's moments under `moment1.` and
 * `moment2.`, the batch, `rate` (a scalar, see `adamRate`), and perhaps `decay`: the share of their size, a
 * scalar, that the weights of convolutions and of the head lose beside Adam's update (decoupled weight decay,
 * Loshchilov & Hutter 2019, arXiv 1711.05101, algorithm 2).
 * Out: everything that changed under the same names, and `report.loss` with what the objective reports.
 * @param clipNorm gradients are scaled down to this joint norm (Pascanu et al. 2013, arXiv 1211.5063);
 *   null leaves them alone
 */
export function trainingStep(
  learned: readonly string[],
  statisticNames: readonly string[],
  objective: Objective,
  clipNorm: number | null,
): (inputs: TensorMap) => TensorMap {
  return (inputs) => {
    const collected = new Map<string, BatchStatistics>();
    const outputs: TensorMap = {};
    const named = (names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [name, inputs[name]!]));
    const terms = objective.terms(
      inputs,
      (name, statistics) => collected.set(name, statistics),
      (name, scalar) => {
        outputs[REPORT + name] = tf.keep(scalar);
      },
    );
    const derived = lossGradients(terms, named(learned), named(statisticNames));
    outputs[`${REPORT}loss`] = derived.loss;
    const gradients = clipNorm === null ? derived.gradients : clipped(derived.gradients, clipNorm);
    learned.forEach((name, index) => {
      const moments = { first: inputs[MOMENT1 + name]!, second: inputs[MOMENT2 + name]! };
      const parameter = decayed(inputs[name]!, inputs.decay);
      const next = adamUpdate(parameter, gradients[index]!, moments, inputs.rate!);
      outputs[name] = next.parameter;
      outputs[MOMENT1 + name] = next.moments.first;
      outputs[MOMENT2 + name] = next.moments.second;
    });
    return { ...outputs, ...updatedStatistics(inputs, collected) };
  };
}

/** Biases and the scales of normalisations, which are vectors, do not decay, as is usual. */
function decayed(parameter: tf.Tensor, decay: tf.Tensor | undefined): tf.Tensor {
  return decay && parameter.rank > 1 ? tf.mul(parameter, tf.sub(1, decay)) : parameter;
}

/** All gradients scaled alike so that their joint norm is at most `limit`. */
function clipped(gradients: readonly tf.Tensor[], limit: number): tf.Tensor[] {
  const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)));
  const norm = tf.sqrt(tf.addN(squares));
  const factor = tf.div(limit, tf.maximum(norm, limit));
  return gradients.map((gradient) => tf.mul(gradient, factor));
}

/** The running statistics moved towards the batch's, with the unbiased variance as in PyTorch. */
function updatedStatistics(
  inputs: NamedTensors,
  collected: ReadonlyMap<string, BatchStatistics>,
): TensorMap {
  const outputs: TensorMap = {};
  for (const [name, { mean, variance, count }] of collected) {
    const unbiased = tf.mul(variance, count / Math.max(count - 1, 1));
    outputs[`${name}.running_mean`] = moved(inputs[`${name}.running_mean`]!, mean);
    outputs[`${name}.running_var`] = moved(inputs[`${name}.running_var`]!, unbiased);
    tf.dispose([mean, variance]);
  }
  return outputs;
}

function moved(running: tf.Tensor, batch: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(running, 1 - STATISTICS_MOMENTUM), tf.mul(batch, STATISTICS_MOMENTUM));
}
