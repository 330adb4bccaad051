import * as tf from '@tensorflow/tfjs';
import { constant } from '../engine/gradient/constant.ts';
import type { Architecture, Stage } from '../network/architecture.ts';
import { evaluationLayer, type NamedTensors } from '../network/convolution-layer.ts';
import { resnet18Suffix } from '../network/resnet18.ts';
import { constraintLoss } from './constraint.ts';
import { divergence } from './rehearsal.ts';

/** Pictures, as far as no edit changes what the network makes of them, with the labels wanted for them. */
export interface EditSample {
  /** What the first edited stage takes, [P,H',W',C'] */
  readonly activations: tf.Tensor;
  /** [P,classes] */
  readonly oneHot: tf.Tensor;
}

/** Changed views of the pictures, which are to get the same labels where that is not dear. */
export type EditViews = EditSample;

/** Other pictures, whose answers an edit is to keep. */
export interface Rehearsed {
  /** What the first edited stage takes, [N,H',W',C'] */
  readonly activations: tf.Tensor;
  /** The answers before the edit, log-probabilities [N,classes] */
  readonly before: tf.Tensor;
  /** Of the divergence from them, a scalar. */
  readonly weight: tf.Tensor;
}

export interface ConstraintGradient {
  /** l_e of the sample, a scalar: of several pictures the largest. */
  readonly loss: tf.Scalar;
  /** What the gradient is of, a scalar: l_e itself of one picture without views or rehearsal. */
  readonly objective: tf.Scalar;
  /** The gradient by the names of the edited parameters, of l_e, of the views and of what is rehearsed. */
  readonly gradients: NamedTensors;
  /** l_e of each view, [V]; null without views. */
  readonly viewLosses: tf.Tensor1D | null;
}

/**
 * The constraint of `sample`, and the gradient of l_e + weight * KL(before || now) with respect to the
 * edited parameters, with running statistics (an edit never changes those). Of several pictures the
 * gradient is that of log sum exp l_e, which leaves those that hold by far nearly alone. With views, it is
 * that of (l_e + mean log(1 + exp l_e of a view)) / 2 instead of l_e: a view that holds by far hardly pulls,
 * and one that does not pulls no more than its share.
 * @param from the first edited stage: only it and those behind it are computed
 * @param edited the parameters that the edit may change
 * @param all every parameter and statistic from that stage on; `edited` takes precedence
 */
export function constraintGradient(
  architecture: Architecture,
  from: Stage,
  edited: NamedTensors,
  all: NamedTensors,
  { activations, oneHot }: EditSample,
  rehearsed: Rehearsed | null = null,
  views: EditViews | null = null,
): ConstraintGradient {
  const names = Object.keys(edited);
  let constraint: tf.Scalar | undefined;
  let viewLosses: tf.Tensor1D | null = null;
  const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
    const current = { ...all };
    names.forEach((name, index) => {
      current[name] = tensors[index]!;
    });
    const layer = evaluationLayer(current);
    const answers = (x: tf.Tensor) => resnet18Suffix(architecture, current, layer, x, from);
    const pictures = oneHot.shape[0]!;
    const ofLogits = (logits: tf.Tensor2D): tf.Scalar => {
      const losses = constraintLoss(logits, oneHot);
      if (pictures === 1) return tf.sum(losses);
      constraint = tf.keep(constant(tf.max<tf.Scalar>(losses)));
      return tf.logSumExp(losses);
    };
    if (!rehearsed && !views) return ofLogits(answers(activations));
    // One pass for all, whose filter gradients are then one product.
    const parts = [{ activations }, views, rehearsed].flatMap((part) => part?.activations ?? []);
    const logits = answers(tf.concat(parts));
    let wanted = ofLogits(tf.slice(logits, [0, 0], [pictures, -1]));
    constraint ??= tf.keep(wanted);
    const behind = pictures + (views?.oneHot.shape[0] ?? 0);
    if (views) {
      const ofViews = tf.slice(logits, [pictures, 0], [behind - pictures, -1]);
      const losses = constraintLoss(ofViews, views.oneHot);
      viewLosses = tf.keep(constant(losses));
      wanted = tf.mul(tf.add(wanted, tf.mean(softplus(losses))), 0.5);
    }
    if (!rehearsed) return wanted;
    const kept = divergence(rehearsed.before, tf.slice(logits, [behind, 0], [-1, -1]));
    return tf.add<tf.Scalar>(wanted, tf.mul(rehearsed.weight, kept));
  })(names.map((name) => edited[name]!));
  const gradients = Object.fromEntries(names.map((name, index) => [name, grads[index]!]));
  const objective = value as tf.Scalar;
  return { loss: constraint ?? objective, objective, gradients, viewLosses };
}

/** log(1 + exp x), of ops that every engine has, without overflow. */
function softplus(x: tf.Tensor): tf.Tensor {
  return tf.add(tf.relu(x), tf.log(tf.add(tf.exp(tf.neg(tf.abs(x))), 1)));
}
