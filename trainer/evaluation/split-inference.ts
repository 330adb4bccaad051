import * as tf from '@tensorflow/tfjs';
import type { TensorMap } from '../engine/engine.ts';
import { type Architecture, STAGES, type Stage } from '../network/architecture.ts';
import { foldedLayer } from '../network/convolution-layer.ts';
import { LOGITS } from '../network/inference.ts';
import { computeStage, resnet18Prefix, resnet18Suffix } from '../network/resnet18.ts';
import { ACTIVATIONS } from './run-batches.ts';

/** The name of the penultimate features among the outputs of `wholePass`. */
export const FEATURES = 'features';

/**
 * The network as it is served, with what later passes start from.
 * In: the folded weights and pictures [N,3,H,W]. Out: `logits` [N,classes], `features` [N,F], and under
 * the names of the stages in `keep` what these take, [N,H',W',C'].
 */
export function wholePass(
  architecture: Architecture,
  keep: readonly Stage[],
): (inputs: TensorMap) => TensorMap {
  return (inputs) => {
    const computeLayer = foldedLayer(inputs);
    const images = inputs[ACTIVATIONS]!;
    const outputs: TensorMap = {};
    let x: tf.Tensor = resnet18Prefix(architecture, inputs, computeLayer, images, 'stem');
    for (const stage of STAGES) {
      if (keep.includes(stage)) outputs[stage] = x;
      if (stage === 'head') outputs[FEATURES] = tf.mean(x, [1, 2]);
      x = computeStage(stage, architecture, inputs, computeLayer, x);
    }
    return { ...outputs, [LOGITS]: x };
  };
}

/**
 * The network from one stage on. In: the folded weights of that stage and those behind it, and what the
 * stage takes: pictures [N,3,H,W] for the stem, activations [N,H',W',C'] for the others, where the
 * features of the head are [N,1,1,F]. Out: `logits` [N,classes].
 */
export function suffixPass(
  architecture: Architecture,
  from: Stage,
): (inputs: TensorMap) => TensorMap {
  return (inputs) => {
    const computeLayer = foldedLayer(inputs);
    const given = inputs[ACTIVATIONS]!;
    const x =
      from === 'stem' ? resnet18Prefix(architecture, inputs, computeLayer, given, from) : given;
    return { [LOGITS]: resnet18Suffix(architecture, inputs, computeLayer, x, from) };
  };
}
