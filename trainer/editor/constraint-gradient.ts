import * as tf from '@tensorflow/tfjs';
import type { Architecture } from '../network/architecture.ts';
import { evaluationLayer, type NamedTensors } from '../network/convolution-layer.ts';
import { resnet18 } from '../network/resnet18.ts';
import { constraintLoss } from './constraint.ts';

/** One picture with the label that an edit wants for it. */
export interface EditSample {
  /** [1,3,H,W], normalised */
  readonly image: tf.Tensor;
  /** [1,classes] */
  readonly oneHot: tf.Tensor;
}

export interface ConstraintGradient {
  /** l_e of the sample, a scalar. */
  readonly loss: tf.Scalar;
  /** Its gradient, by the names of the edited parameters. */
  readonly gradients: NamedTensors;
}

/**
 * The constraint of `sample` and its gradient with respect to the edited parameters, with running
 * statistics (an edit never changes those).
 * @param edited the parameters that the edit may change
 * @param all every parameter and statistic; `edited` takes precedence
 */
export function constraintGradient(
  architecture: Architecture,
  edited: NamedTensors,
  all: NamedTensors,
  { image, oneHot }: EditSample,
): ConstraintGradient {
  const names = Object.keys(edited);
  const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
    const current = { ...all };
    names.forEach((name, index) => {
      current[name] = tensors[index]!;
    });
    const logits = resnet18(architecture, current, evaluationLayer(current), image);
    return tf.sum<tf.Scalar>(constraintLoss(logits, oneHot));
  })(names.map((name) => edited[name]!));
  const gradients = Object.fromEntries(names.map((name, index) => [name, grads[index]!]));
  return { loss: value as tf.Scalar, gradients };
}
