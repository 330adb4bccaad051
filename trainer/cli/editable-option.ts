import { type Command, Option } from 'commander';
import { EDIT_POLICIES, type EditPolicy } from '../editable/edit-policy.ts';
import { EDITABLE_DEFAULTS, type EditableOptions } from '../editable/editable-options.ts';
import { createEditor, UNROLLED_EDITOR_NAMES } from '../editor/editors.ts';
import type { Stage } from '../network/architecture.ts';
import { type Coefficients, coefficient } from './edit-option.ts';
import { notNegative, stages, wholeNumber } from './option.ts';

/** Editable Training, as options of a command. */
export interface EditableOption {
  readonly editable: boolean;
  readonly editor: string;
  readonly coefficient?: Coefficients;
  readonly learnCoefficients: boolean;
  readonly editorSteps: number;
  readonly margin: number;
  readonly stages: Stage[];
  readonly firstOrder: boolean;
  readonly editPolicy: EditPolicy;
  readonly edits: number;
  readonly editWeight: number;
  readonly localityWeight: number;
}

export function withEditableOptions(command: Command): Command {
  const defaults = EDITABLE_DEFAULTS;
  return command
    .option('--editable', 'Editable Training instead of ordinary training', false)
    .addOption(
      new Option('--editor <name>', 'rule of the edits')
        .choices(UNROLLED_EDITOR_NAMES)
        .default('rmsprop'),
    )
    .option('--coefficient <name=value>', 'a number of that rule; may be repeated', coefficient)
    .option('--learn-coefficients', "learn the editor's coefficients as well", false)
    .option('--editor-steps <count>', 'steps of it to unroll', wholeNumber(1), defaults.steps)
    .option('--margin <nats>', 'how far an edit must win', notNegative, defaults.margin)
    .option('--stages <names>', 'what edits may change', stages, [...defaults.stages])
    .option('--first-order', 'derive no gradients of gradients', false)
    .addOption(
      new Option('--edit-policy <name>', 'which edits are rehearsed')
        .choices(EDIT_POLICIES)
        .default(defaults.policy),
    )
    .option('--edits <count>', 'edits a batch', wholeNumber(1), defaults.edits)
    .option('--edit-weight <c>', 'weight of the edit loss', notNegative, defaults.editWeight)
    .option('--locality-weight <c>', 'weight of locality', notNegative, defaults.localityWeight);
}

/** @throws EditorError COEFFICIENT_UNKNOWN, COEFFICIENT_OUT_OF_RANGE */
export function editableOptions(options: EditableOption): EditableOptions | null {
  if (!options.editable) return null;
  const { learnCoefficients, margin, stages, firstOrder, edits, editWeight, localityWeight } =
    options;
  return {
    editor: createEditor(options.editor, options.coefficient),
    learnCoefficients,
    steps: options.editorSteps,
    margin,
    stages,
    firstOrder,
    policy: options.editPolicy,
    edits,
    editWeight,
    localityWeight,
  };
}
