import * as tf from '@tensorflow/tfjs';
import { maxPool3x3 } from '../engine/gradient/max-pool.ts';
import {
  type Architecture,
  type ResidualStage,
  residualBlocks,
  STAGES,
  type Stage,
  stemLayer,
} from './architecture.ts';
import { type ComputeLayer, get, type NamedTensors } from './convolution-layer.ts';

/**
 * ResNet-18 (He et al. 2015, table 1): the one definition that training, editing and export share.
 * @param images [N,3,H,W], normalised
 * @returns logits [N,classes]
 */
export function resnet18(
  architecture: Architecture,
  parameters: NamedTensors,
  computeLayer: ComputeLayer,
  images: tf.Tensor,
): tf.Tensor2D {
  const activations = resnet18Prefix(architecture, parameters, computeLayer, images, 'stem');
  return resnet18Suffix(architecture, parameters, computeLayer, activations, 'stem');
}

/**
 * The activations that stage `until` takes: what an edit of that stage and those behind it never changes.
 * @param images [N,3,H,W], normalised
 * @returns [N,H',W',C']
 */
export function resnet18Prefix(
  architecture: Architecture,
  parameters: NamedTensors,
  computeLayer: ComputeLayer,
  images: tf.Tensor,
  until: Stage,
): tf.Tensor4D {
  return STAGES.slice(0, STAGES.indexOf(until)).reduce<tf.Tensor>(
    (x, stage) => computeStage(stage, architecture, parameters, computeLayer, x),
    tf.transpose(images as tf.Tensor4D, [0, 2, 3, 1]),
  ) as tf.Tensor4D;
}

/**
 * The rest of the network behind `resnet18Prefix`.
 * @param activations [N,H',W',C']
 * @returns logits [N,classes]
 */
export function resnet18Suffix(
  architecture: Architecture,
  parameters: NamedTensors,
  computeLayer: ComputeLayer,
  activations: tf.Tensor,
  from: Stage,
): tf.Tensor2D {
  return STAGES.slice(STAGES.indexOf(from)).reduce<tf.Tensor>(
    (x, stage) => computeStage(stage, architecture, parameters, computeLayer, x),
    activations,
  ) as tf.Tensor2D;
}

/** One stage: [N,H,W,C] -> [N,H',W',C'], and for the head -> [N,classes]. */
export function computeStage(
  stage: Stage,
  architecture: Architecture,
  parameters: NamedTensors,
  computeLayer: ComputeLayer,
  x: tf.Tensor,
): tf.Tensor {
  switch (stage) {
    case 'stem':
      return stem(architecture, computeLayer, x as tf.Tensor4D);
    case 'head':
      return head(parameters, x as tf.Tensor4D);
    default:
      return residualStage(architecture, stage, computeLayer, x as tf.Tensor4D);
  }
}

function stem(architecture: Architecture, computeLayer: ComputeLayer, x: tf.Tensor4D) {
  const activations = computeLayer(x, stemLayer(architecture), true);
  if (architecture.stem === 'cifar') return activations;
  const derived = tf.engine().state.gradientDepth > 0;
  return derived ? maxPool3x3(activations) : inferenceMaxPool(activations);
}

/** `maxPool3x3` as one op, for activations that are not negative, so that zeros may pad them. */
function inferenceMaxPool(x: tf.Tensor4D): tf.Tensor4D {
  const sides: [number, number] = [1, 1];
  return tf.maxPool(tf.pad(x, [[0, 0], sides, sides, [0, 0]]), 3, 2, 'valid');
}

function residualStage(
  architecture: Architecture,
  stage: ResidualStage,
  computeLayer: ComputeLayer,
  input: tf.Tensor4D,
): tf.Tensor4D {
  let x = input;
  for (const { first, second, projection } of residualBlocks(architecture, stage)) {
    const shortcut = projection ? computeLayer(x, projection, false) : x;
    const residual = computeLayer(computeLayer(x, first, true), second, false);
    x = tf.relu(tf.add(residual, shortcut));
  }
  return x;
}

function head(parameters: NamedTensors, x: tf.Tensor4D): tf.Tensor2D {
  const features = tf.mean(x, [1, 2]) as tf.Tensor2D;
  const weight = get<tf.Tensor2D>(parameters, 'fc.weight');
  const products = tf.matMul(features, weight, false, true);
  return tf.add(products, get(parameters, 'fc.bias'));
}
