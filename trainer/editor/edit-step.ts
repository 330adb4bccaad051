import type { TensorMap } from '../engine/engine.ts';
import type { Architecture, Stage } from '../network/architecture.ts';
import { constraintGradient, type Rehearsed } from './constraint-gradient.ts';
import { editableNames } from './editable-names.ts';
import type { Editor } from './editor.ts';
import { firstStage } from './first-stage.ts';
import { prefixed, under } from './map-tensors.ts';

/** Prefixes that tell a step's inputs from the weights. */
export const MEMORY = 'memory.';
export const COEFFICIENT = 'coefficient.';
export const REHEARSAL = 'rehearsal.';
const PREFIXES = [MEMORY, COEFFICIENT, REHEARSAL];

/**
 * One step of an editor as a pure function. In: the weights from the first edited stage on; the
 * picture's `activations` before it and `oneHot`; `coefficient.<name>`; from the second step on
 * `memory.<name>`; and where an edit rehearses, `rehearsal.activations`, `rehearsal.before` and
 * `rehearsal.weight`. Out: the constraint's `loss` before the step, the moved parameters, the memory.
 */
export function editStep(
  architecture: Architecture,
  editor: Editor,
  stages: readonly Stage[],
): (inputs: TensorMap) => TensorMap {
  return (inputs) => {
    const { activations, oneHot, ...rest } = inputs;
    const memory = under(MEMORY, rest);
    const rehearsal = under(REHEARSAL, rest);
    const coefficients = under(COEFFICIENT, rest);
    const weights = Object.fromEntries(
      Object.entries(rest).filter(([name]) => !PREFIXES.some((prefix) => name.startsWith(prefix))),
    );
    const names = editableNames(new Map(Object.entries(weights)), stages);
    const edited = Object.fromEntries(names.map((name) => [name, weights[name]!]));
    const { loss, gradients } = constraintGradient(
      architecture,
      firstStage(stages),
      edited,
      weights,
      { activations: activations!, oneHot: oneHot! },
      isEmpty(rehearsal) ? null : (rehearsal as unknown as Rehearsed),
    );
    const next = editor.step(edited, gradients, isEmpty(memory) ? null : memory, coefficients);
    return { loss, ...next.parameters, ...prefixed(MEMORY, next.memory) };
  };
}

function isEmpty(tensors: object): boolean {
  return Object.keys(tensors).length === 0;
}
