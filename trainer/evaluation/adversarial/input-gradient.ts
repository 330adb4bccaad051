import * as tf from '@tensorflow/tfjs';
import type { TensorMap } from '../../engine/engine.ts';
import { logSoftmax } from '../../engine/gradient/log-softmax.ts';
import type { Architecture } from '../../network/architecture.ts';
import { evaluationLayer } from '../../network/convolution-layer.ts';
import { IMAGES } from '../../network/inference.ts';
import { resnet18 } from '../../network/resnet18.ts';

/** Names of what `inputGradient` takes and gives besides the weights and `images`. */
export const ONE_HOT = 'oneHot';
export const GRADIENT = 'gradient';

/**
 * How each picture's own cross-entropy changes with its pixels, the network in evaluation mode.
 * In: the weights and statistics, `images` [N,3,H,W] normalised, `oneHot` [N,classes].
 * Out: `gradient` [N,3,H,W].
 */
export function inputGradient(architecture: Architecture): (inputs: TensorMap) => TensorMap {
  return (inputs) => {
    const loss = (images: tf.Tensor) => {
      const logits = resnet18(architecture, inputs, evaluationLayer(inputs), images);
      // A sum, so that a picture's gradient does not depend on how many lie beside it.
      return tf.neg(tf.sum(tf.mul(inputs[ONE_HOT]!, logSoftmax(logits)))) as tf.Scalar;
    };
    return { [GRADIENT]: tf.grad(loss)(inputs[IMAGES]!) };
  };
}
