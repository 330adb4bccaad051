import type { TensorMap } from '../engine/engine.ts';
import type { Architecture } from './architecture.ts';
import { foldedLayer } from './convolution-layer.ts';
import { resnet18 } from './resnet18.ts';

/** Names of the inference function's input and output, in engines and in exported graphs. */
export const IMAGES = 'images';
export const LOGITS = 'logits';

/**
 * The network as it is served: batch normalisation folded (see `foldBatchNorm`).
 * In: the folded weights and `images` [N,3,H,W]. Out: `logits` [N,classes].
 */
export function inference(architecture: Architecture): (inputs: TensorMap) => TensorMap {
  return (inputs) => ({
    [LOGITS]: resnet18(architecture, inputs, foldedLayer(inputs), inputs[IMAGES]!),
  });
}
