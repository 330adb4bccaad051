import * as tf from '@tensorflow/tfjs';
import type { TensorMap } from '../engine/engine.ts';
import { type Architecture, STAGES, type Stage } from '../network/architecture.ts';
import { foldedLayer } from '../network/convolution-layer.ts';
import { LOGITS } from '../network/inference.ts';
import { computeStage, resnet18Prefix } from '../network/resnet18.ts';
import { ACTIVATIONS } from './run-batches.ts';

/** The name of the penultimate features among the outputs of `wholePass`. */
export const FEATURES = 'features';

/**
 * The network as it is served, or its part from one stage on, with what later passes start from.
 * In: the folded weights and pictures [N,3,H,W], or what the stage takes. Out: `logits` [N,classes], `features` [N,F], and under
 * the names of the stages in `keep` what these take, [N,H',W',C'].
 */
export function wholePass(
  architecture: Architecture,
  keep: readonly Stage[],
  from: Stage = 'stem',
): (inputs: TensorMap) => TensorMap {
  return (inputs) => {
    const computeLayer = foldedLayer(inputs);
    const outputs: TensorMap = {};
    let x = entering(architecture, inputs, from);
    for (const stage of STAGES.slice(STAGES.indexOf(from))) {
      if (keep.includes(stage)) outputs[stage] = x;
      if (stage === 'head') outputs[FEATURES] = tf.mean(x, [1, 2]);
      x = computeStage(stage, architecture, inputs, computeLayer, x);
    }
    return { ...outputs, [LOGITS]: x };
  };
}

/** What a stage takes, of what is given for it: pictures for the stem, else activations. */
function entering(architecture: Architecture, inputs: TensorMap, from: Stage): tf.Tensor {
  const given = inputs[ACTIVATIONS]!;
  if (from !== 'stem') return given;
  return resnet18Prefix(architecture, inputs, foldedLayer(inputs), given, from);
}
