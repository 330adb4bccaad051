import * as tf from '@tensorflow/tfjs';
import type { Architecture } from '../network/architecture.ts';
import type { NamedTensors } from '../network/convolution-layer.ts';
import { constraintGradient, type EditSample } from './constraint-gradient.ts';
import type { Editor } from './editor.ts';

export interface UnrolledEdit {
  /** The edited parameters after the last step. */
  readonly edited: NamedTensors;
  /** How many steps moved them, a scalar between 0 and the number unrolled. */
  readonly steps: tf.Scalar;
}

/**
 * `count` steps of an editor as one differentiable function (Sinitsin et al. 2020, algorithm 1). A step
 * moves nothing once the constraint holds with `margin`, as the stop rule would have it.
 */
export function unrolledEdit(
  architecture: Architecture,
  editor: Editor,
  count: number,
  margin: number,
  start: NamedTensors,
  all: NamedTensors,
  sample: EditSample,
  coefficients: NamedTensors,
): UnrolledEdit {
  let edited = start;
  let memory: NamedTensors | null = null;
  let steps = tf.scalar(0);
  for (let index = 0; index < count; index++) {
    const { loss, gradients } = constraintGradient(architecture, edited, all, sample);
    const active = tf.step(tf.add(loss, margin));
    const next = editor.step(edited, gradients, memory, coefficients);
    edited = Object.fromEntries(
      Object.entries(edited).map(([name, before]) => {
        const move = tf.sub(next.parameters[name]!, before);
        return [name, tf.add(before, tf.mul(active, move))];
      }),
    );
    memory = next.memory;
    steps = tf.add(steps, active);
  }
  return { edited, steps };
}
