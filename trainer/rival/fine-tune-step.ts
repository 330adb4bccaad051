import * as tf from '@tensorflow/tfjs';
import { constraintLoss } from '../editor/constraint.ts';
import { COEFFICIENT, MEMORY } from '../editor/edit-step.ts';
import type { Editor } from '../editor/editor.ts';
import { prefixed, under } from '../editor/map-tensors.ts';
import type { TensorMap } from '../engine/engine.ts';
import { logSoftmax } from '../engine/gradient/log-softmax.ts';
import { type Architecture, parameterShapes } from '../network/architecture.ts';
import { evaluationLayer } from '../network/convolution-layer.ts';
import { resnet18 } from '../network/resnet18.ts';

/**
 * One step of fine-tuning all stages as a pure function: `editor` moves the parameters against the
 * gradient of sum_i w_i * cross-entropy_i, with running statistics, which stay.
 *
 * In: the weights; `images` [N,3,H,W] with the picture to fix first, `oneHot` [N,classes] and `shares`
 * [N], the w_i; `coefficient.<name>`; from the second step on `memory.<name>`. Out: the first picture's
 * constraint `loss` before the step, the moved parameters, the memory.
 */
export function fineTuneStep(
  architecture: Architecture,
  editor: Editor,
): (inputs: TensorMap) => TensorMap {
  return ({ images, oneHot, shares, ...rest }) => {
    const memory = under(MEMORY, rest);
    const coefficients = under(COEFFICIENT, rest);
    const names = [...parameterShapes(architecture).keys()];
    const parameters = Object.fromEntries(names.map((name) => [name, rest[name]!]));
    let constraints: tf.Tensor1D | undefined;
    const { grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
      const current = { ...rest };
      names.forEach((name, index) => {
        current[name] = tensors[index]!;
      });
      const logits = resnet18(architecture, current, evaluationLayer(current), images!);
      constraints = tf.keep(constraintLoss(logits, oneHot!));
      const likelihoods = tf.sum(tf.mul(oneHot!, logSoftmax(logits)), -1);
      return tf.neg(tf.sum<tf.Scalar>(tf.mul(shares!, likelihoods)));
    })(Object.values(parameters));
    const gradients = Object.fromEntries(names.map((name, index) => [name, grads[index]!]));
    const known = Object.keys(memory).length > 0 ? memory : null;
    const next = editor.step(parameters, gradients, known, coefficients);
    const loss = tf.slice(constraints!, 0, 1);
    return { loss, ...next.parameters, ...prefixed(MEMORY, next.memory) };
  };
}
