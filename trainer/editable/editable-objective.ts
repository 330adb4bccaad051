import * as tf from '@tensorflow/tfjs';
import { constraintLoss } from '../editor/constraint.ts';
import { editableNames } from '../editor/editable-names.ts';
import { coefficientValues, type Editor } from '../editor/editor.ts';
import { unrolledEdit } from '../editor/unrolled-edit.ts';
import { logSoftmax } from '../engine/gradient/log-softmax.ts';
import type { Architecture, Stage } from '../network/architecture.ts';
import { evaluationLayer, type NamedTensors, trainingLayer } from '../network/convolution-layer.ts';
import { correctCount, crossEntropy } from '../network/loss.ts';
import { resnet18 } from '../network/resnet18.ts';
import type { Objective } from '../training/objective.ts';

export interface EditableOptions {
  readonly editor: Editor;
  /** Steps of the editor that are unrolled, k. */
  readonly steps: number;
  /** How far below 0 the constraint must go for the editor to stop, in nats. */
  readonly margin: number;
  /** The stages whose parameters an edit may change. */
  readonly stages: readonly Stage[];
  /** Weight of the constraint after the edit, c_edit. */
  readonly editWeight: number;
  /** Weight of what the edit changes elsewhere, c_loc. */
  readonly localityWeight: number;
}

/** How networks are trained to be edited unless a command says otherwise. */
export const EDITABLE_DEFAULTS = {
  rate: 1e-2,
  steps: 3,
  margin: 0.1,
  stages: ['layer3'],
  editWeight: 0.01,
  localityWeight: 0.01,
} as const;

/** The global gradient norm that the authors' code clips to. */
const CLIP_NORM = 10;

/**
 * Editable Training (Sinitsin et al. 2020, equation 4): L_base + c_edit L_edit + c_loc L_loc, where one
 * edit of `editImage` [1,3,H,W] to `editOneHot` [1,classes] is unrolled and derived through.
 *
 * L_edit = relu(l_e + margin) after the edit. L_loc = -sum softmax(before) log softmax(after) over the
 * batch, with the reference taken from the training-mode forward pass and not derived. Edits and what
 * comes after them use running statistics.
 */
export function editableObjective(architecture: Architecture, options: EditableOptions): Objective {
  const { editor, steps, margin, stages, editWeight, localityWeight } = options;
  return {
    clipNorm: CLIP_NORM,
    loss: (parameters, batch, statistics, report) => {
      const { images, oneHot, editImage, editOneHot } = batch;
      const forward = (all: NamedTensors, x: tf.Tensor) =>
        resnet18(architecture, all, evaluationLayer(all), x);
      const logits = resnet18(
        architecture,
        parameters,
        trainingLayer(parameters, statistics),
        images!,
      );
      const sample = { image: editImage!, oneHot: editOneHot! };
      const names = editableNames(new Map(Object.entries(parameters)), stages);
      const start = Object.fromEntries(names.map((name) => [name, parameters[name]!]));
      const coefficients = Object.fromEntries(
        Object.entries(coefficientValues(editor)).map(([name, value]) => [name, tf.scalar(value)]),
      );
      const edit = unrolledEdit(
        architecture,
        editor,
        steps,
        margin,
        start,
        parameters,
        sample,
        coefficients,
      );
      const edited = { ...parameters, ...edit.edited };

      const constraint = tf.sum<tf.Scalar>(
        constraintLoss(forward(edited, sample.image), sample.oneHot),
      );
      const editLoss = tf.relu(tf.add(constraint, margin));
      const before = constant(tf.exp(logSoftmax(logits)));
      const after = logSoftmax(forward(edited, images!));
      const locality = tf.neg(tf.mean(tf.sum(tf.mul(before, after), -1)));
      const base = crossEntropy(logits, oneHot!);

      report('correct', correctCount(logits, oneHot!));
      report('constraint', constraint);
      report('locality', locality as tf.Scalar);
      report('steps', edit.steps);
      return tf.addN([
        base,
        tf.mul(editLoss, editWeight),
        tf.mul(locality, localityWeight),
      ]) as tf.Scalar;
    },
  };
}

/** `tensor` without the path back to what it was computed from. */
function constant(tensor: tf.Tensor): tf.Tensor {
  return tf.customGrad((x: tf.Tensor | tf.GradSaveFunc) => {
    const input = x as tf.Tensor;
    const { shape } = input;
    return { value: tf.clone(input), gradFunc: () => tf.zeros(shape) };
  })(tensor);
}
