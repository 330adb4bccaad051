import * as tf from '@tensorflow/tfjs';
import { constant } from '../engine/gradient/constant.ts';
import type { Architecture, Stage } from '../network/architecture.ts';
import type { NamedTensors } from '../network/convolution-layer.ts';
import { constraintGradient, type EditSample } from './constraint-gradient.ts';
import type { Editor } from './editor.ts';
import { firstStage } from './first-stage.ts';
import { mapTensors } from './map-tensors.ts';

export interface UnrolledEditOptions {
  /** How many steps of the editor are unrolled, k. */
  readonly steps: number;
  /** How far below 0 the constraint must go for the editor to stop, in nats. */
  readonly margin: number;
  /** The stages whose parameters the edit changes. */
  readonly stages: readonly Stage[];
  /** Whether derivatives take the gradients inside the editor for constants (Finn et al. 2017, section 5.2). */
  readonly firstOrder: boolean;
}

export interface UnrolledEdit {
  /** The edited parameters after the last step. */
  readonly edited: NamedTensors;
  /** How many steps moved them, a scalar between 0 and the number unrolled. */
  readonly steps: tf.Scalar;
}

/**
 * Steps of an editor as one differentiable function (Sinitsin et al. 2020, algorithm 1). A step moves
 * nothing once the constraint holds with the margin, as the stop rule would have it.
 * @param start the parameters of `stages` to begin with
 * @param all every parameter and statistic from the first edited stage on
 * @param coefficients the editor's, scalars
 */
export function unrolledEdit(
  architecture: Architecture,
  editor: Editor,
  options: UnrolledEditOptions,
  start: NamedTensors,
  all: NamedTensors,
  sample: EditSample,
  coefficients: NamedTensors,
): UnrolledEdit {
  const { margin, firstOrder } = options;
  const from = firstStage(options.stages);
  let edited = start;
  let memory: NamedTensors | null = null;
  let steps = tf.scalar(0);
  for (let index = 0; index < options.steps; index++) {
    const { loss, gradients } = constraintGradient(architecture, from, edited, all, sample);
    const active = tf.step(tf.add(constant(loss), margin));
    const taken = firstOrder ? mapTensors(gradients, constant) : gradients;
    const next = editor.step(edited, taken, memory, coefficients);
    edited = mapTensors(edited, (before, name) =>
      tf.add(before, tf.mul(active, tf.sub(next.parameters[name]!, before))),
    );
    memory = next.memory;
    steps = tf.add(steps, active);
  }
  return { edited, steps };
}
