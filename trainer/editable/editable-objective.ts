import * as tf from '@tensorflow/tfjs';
import { constraintLoss } from '../editor/constraint.ts';
import type { EditSample } from '../editor/constraint-gradient.ts';
import { editableNames } from '../editor/editable-names.ts';
import { firstStage } from '../editor/first-stage.ts';
import { unrolledEdit } from '../editor/unrolled-edit.ts';
import { constant } from '../engine/gradient/constant.ts';
import { logSoftmax } from '../engine/gradient/log-softmax.ts';
import { type Architecture, parameterShapes } from '../network/architecture.ts';
import { evaluationLayer, type NamedTensors, trainingLayer } from '../network/convolution-layer.ts';
import { resnet18, resnet18Prefix, resnet18Suffix } from '../network/resnet18.ts';
import { type BaseLoss, crossEntropyLoss } from '../training/base-loss.ts';
import type { Objective, Report, Term } from '../training/objective.ts';
import type { EditableOptions } from './editable-options.ts';
import { coefficientTensors } from './learned-coefficients.ts';

/** What one rehearsed edit costs; scalars. */
interface Rehearsal {
  readonly edit: tf.Tensor;
  readonly locality: tf.Tensor;
  /** l_e after the edit, in nats. */
  readonly constraint: tf.Tensor;
  readonly steps: tf.Tensor;
}

/**
 * Editable Training (Sinitsin et al. 2020, equation 4): L_base + c_edit L_edit + c_loc L_loc, where each
 * edit of `editImages` [E,3,H,W] to `editOneHot` [E,classes] is unrolled from the same weights and
 * derived through. L_edit and L_loc are means over the edits.
 *
 * L_edit = relu(l_e + margin) after the edit. L_loc = -sum softmax(before) log softmax(after), with the
 * reference taken from the training-mode forward pass and not derived. It is measured on the batch,
 * which is cut into E equal parts: edit e answers for part e alone, so that more edits cost no more of
 * it. Edits and what comes after them use running statistics.
 */
export function editableObjective(
  architecture: Architecture,
  options: Omit<EditableOptions, 'policy'>,
  baseLoss: BaseLoss = crossEntropyLoss,
): Objective {
  const { edits, margin, stages, editWeight, localityWeight } = options;
  const from = firstStage(stages);
  const names = editableNames(parameterShapes(architecture), stages);

  function rehearse(
    parameters: NamedTensors,
    coefficients: NamedTensors,
    sample: EditSample,
    images: tf.Tensor,
    reference: tf.Tensor,
  ): Rehearsal {
    const start = Object.fromEntries(names.map((name) => [name, parameters[name]!]));
    const { editor } = options;
    const edit = unrolledEdit(
      architecture,
      editor,
      options,
      start,
      parameters,
      sample,
      coefficients,
    );
    const edited = { ...parameters, ...edit.edited };
    const layer = evaluationLayer(edited);
    const answer = resnet18Suffix(architecture, edited, layer, sample.activations, from);
    const constraint = tf.sum(constraintLoss(answer, sample.oneHot));
    const after = logSoftmax(resnet18(architecture, edited, layer, images));
    // Kept until the last edit's term, which reports the means over all.
    return {
      edit: tf.relu(tf.add(constraint, margin)),
      locality: tf.keep(tf.neg(tf.mean(tf.sum(tf.mul(reference, after), -1)))),
      constraint: tf.keep(constraint),
      steps: tf.keep(edit.steps),
    };
  }

  return {
    terms: (batch, statistics, report) => {
      const { images, editImages, editOneHot } = batch;
      const rehearsals: Rehearsal[] = [];
      let before: tf.Tensor;
      const base: Term = (parameters) => {
        const layer = trainingLayer(parameters, statistics);
        const logits = resnet18(architecture, parameters, layer, images!);
        before = tf.keep(constant(tf.exp(logSoftmax(logits))));
        return baseLoss(logits, batch, report);
      };
      const rehearsal = (edit: number): Term => {
        return (parameters, inTurn) => {
          const layer = evaluationLayer(parameters);
          const picture = inTurn(part(editImages!, edit, edits));
          const coefficients = coefficientTensors(options, parameters);
          const rehearsed = rehearse(
            parameters,
            coefficients,
            {
              activations: resnet18Prefix(architecture, parameters, layer, picture, from),
              oneHot: part(editOneHot!, edit, edits),
            },
            inTurn(part(images!, edit, edits)),
            part(before, edit, edits),
          );
          rehearsals.push(rehearsed);
          if (rehearsals.length === edits) tell(rehearsals, coefficients, report);
          const weighted = tf.add(
            tf.mul(rehearsed.edit, editWeight),
            tf.mul(rehearsed.locality, localityWeight),
          );
          return tf.div(weighted, edits);
        };
      };
      return [base, ...Array.from({ length: edits }, (_, edit) => rehearsal(edit))];
    },
  };

  /** Reports the means over all edits, and what the coefficients were. */
  function tell(
    rehearsals: readonly Rehearsal[],
    coefficients: NamedTensors,
    report: Report,
  ): void {
    for (const figure of ['constraint', 'locality', 'steps'] as const) {
      report(figure, tf.div<tf.Scalar>(tf.addN(rehearsals.map((each) => each[figure])), edits));
    }
    if (!options.learnCoefficients) return;
    for (const [name, value] of Object.entries(coefficients)) {
      report(`editor.${name}`, tf.clone(value) as tf.Scalar);
    }
  }
}

/** Part `index` of `count` equal parts of the rows. */
function part<T extends tf.Tensor>(tensor: T, index: number, count: number): T {
  if (count === 1) return tensor;
  const rows = tensor.shape[0]! / count;
  return tf.slice(tensor, [index * rows], [rows]);
}
