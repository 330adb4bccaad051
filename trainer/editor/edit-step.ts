import * as tf from '@tensorflow/tfjs';
import type { TensorMap } from '../engine/engine.ts';
import type { Architecture, Stage } from '../network/architecture.ts';
import type { NamedTensors } from '../network/convolution-layer.ts';
import { constraintGradient, type EditViews, type Rehearsed } from './constraint-gradient.ts';
import { editableNames } from './editable-names.ts';
import type { Editor, EditorAim } from './editor.ts';
import { firstStage } from './first-stage.ts';
import { prefixed, under } from './map-tensors.ts';

/** Prefixes that tell what else goes into a step and comes out of it from the parameters. */
export const GRADIENT = 'gradient.';
export const MEMORY = 'memory.';
export const COEFFICIENT = 'coefficient.';
export const REHEARSAL = 'rehearsal.';
export const VIEW = 'view.';
export const AIM = 'aim.';

/**
 * The first half of a step, as a pure function. In: the weights from the first edited stage on; the
 * pictures' `activations` before it and `oneHot`; where an edit rehearses, `rehearsal.activations`,
 * `rehearsal.before` and `rehearsal.weight`; and of views, `view.activations` and `view.oneHot`. Out: the
 * constraint's `loss`, `gradient.<name>`, with views `view.losses`, and `objective` where what is derived is
 * not the loss.
 */
export function gradientStep(
  architecture: Architecture,
  stages: readonly Stage[],
): (inputs: TensorMap) => TensorMap {
  return (inputs) => {
    const { activations, oneHot, ...rest } = inputs;
    const rehearsal = under(REHEARSAL, rest);
    const views = under(VIEW, rest);
    const weights = Object.fromEntries(
      Object.entries(rest).filter(
        ([name]) => !name.startsWith(REHEARSAL) && !name.startsWith(VIEW),
      ),
    );
    const names = editableNames(new Map(Object.entries(weights)), stages);
    const { loss, objective, gradients, viewLosses } = constraintGradient(
      architecture,
      firstStage(stages),
      Object.fromEntries(names.map((name) => [name, weights[name]!])),
      weights,
      { activations: activations!, oneHot: oneHot! },
      isEmpty(rehearsal) ? null : (rehearsal as unknown as Rehearsed),
      isEmpty(views) ? null : (views as unknown as EditViews),
    );
    const ofViews = viewLosses ? prefixed(VIEW, { losses: viewLosses }) : {};
    const derived = objective === loss ? {} : { objective };
    return { loss, ...derived, ...ofViews, ...prefixed(GRADIENT, gradients) };
  };
}

/**
 * The second half: an editor's rule, whatever its coefficients. In: the edited parameters;
 * `gradient.<name>`; `coefficient.<name>`; from the second step on `memory.<name>`; and of a preconditioned
 * editor `aim.objective`, `aim.goal` and `aim.inverseCurvature`. Out: the moved parameters and the memory.
 */
export function ruleStep(editor: Editor): (inputs: TensorMap) => TensorMap {
  return (inputs) => {
    const gradients = under(GRADIENT, inputs);
    const memory = under(MEMORY, inputs);
    const edited = Object.fromEntries(Object.keys(gradients).map((name) => [name, inputs[name]!]));
    const coefficients = under(COEFFICIENT, inputs);
    const kept = isEmpty(memory) ? null : memory;
    const aim = editor.preconditioned && aimOf(under(AIM, inputs));
    const next = editor.step(edited, gradients, kept, coefficients, aim);
    return { ...next.parameters, ...prefixed(MEMORY, next.memory) };
  };
}

function aimOf({ objective, goal, inverseCurvature }: NamedTensors): EditorAim {
  return {
    shortfall: tf.sub(objective!, goal!),
    inverseCurvature: inverseCurvature!,
  };
}

function isEmpty(tensors: object): boolean {
  return Object.keys(tensors).length === 0;
}
