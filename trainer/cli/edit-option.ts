import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Editing } from '../checkpoint/checkpoint-metadata.ts';
import { withCoefficients } from '../editor/coefficients.ts';
import { defaultSettings, EDIT_DEFAULTS } from '../editor/default-settings.ts';
import type { EditSettings } from '../editor/edit-task.ts';
import { createEditor, EDITOR_NAMES } from '../editor/editors.ts';
import type { Stage } from '../network/architecture.ts';
import { notNegative, positive, stages, wholeNumber } from './option.ts';

export type Coefficients = Readonly<Record<string, number>>;

/** How edits are made, as options of a command; what is not given is as the network was trained. */
export interface EditOptions {
  readonly editor?: string;
  readonly coefficient?: Coefficients;
  readonly rate?: number;
  readonly steps?: number;
  readonly margin?: number;
  readonly stages?: Stage[];
  readonly rehearsal?: number;
  readonly rehearsalBatch: number;
  /** An option of the command itself. */
  readonly seed: number;
}

export function withEditOptions(command: Command): Command {
  const { editor, margin, maxSteps, stages: edited } = EDIT_DEFAULTS;
  const otherwise = (value: string | number) => `(default: as trained, else ${value})`;
  return command
    .addOption(
      new Option('--editor <name>', `rule of the edits ${otherwise(editor)}`).choices(EDITOR_NAMES),
    )
    .option(
      '--coefficient <name=value>',
      'a number of that rule; may be repeated (default: as trained, else its own)',
      coefficient,
    )
    .option('--rate <rate>', 'short for --coefficient rate=<rate>', positive)
    .option('--steps <count>', `steps it may take (default: ${maxSteps})`, wholeNumber(1))
    .option('--margin <nats>', `how far the label must win ${otherwise(margin)}`, notNegative)
    .option('--stages <names>', `what the edit may change ${otherwise(edited.join())}`, stages)
    .option('--rehearsal <weight>', 'keep the answers to training pictures meanwhile', positive)
    .option('--rehearsal-batch <pictures>', 'how many of them', wholeNumber(1), 32);
}

/**
 * The settings that the options ask for.
 * @param editing how the network was trained to be edited, where it was
 * @throws EditorError COEFFICIENT_UNKNOWN, COEFFICIENT_OUT_OF_RANGE
 */
export function editSettings(options: EditOptions, editing?: Editing): EditSettings {
  const defaults = defaultSettings(editing);
  const { editor: name = defaults.editor.name, rate, rehearsal, seed } = options;
  const rule = name === defaults.editor.name ? defaults.editor : createEditor(name);
  return {
    editor: withCoefficients(rule, {
      ...(rate !== undefined && { rate }),
      ...options.coefficient,
    }),
    stages: options.stages ?? (rule.preconditioned ? [rule.preconditioned] : defaults.stages),
    margin: options.margin ?? defaults.margin,
    maxSteps: options.steps ?? defaults.maxSteps,
    rehearsal:
      rehearsal === undefined
        ? null
        : { weight: rehearsal, pictures: options.rehearsalBatch, seed },
  };
}

/** Parses and collects `name=value`, for commander. */
export function coefficient(text: string, before: Coefficients | undefined): Coefficients {
  const [, name, digits] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const value = Number(digits);
  if (name !== undefined && Number.isFinite(value)) return { ...before, [name]: value };
  throw new InvalidArgumentError('Give a name and a number, such as rate=0.001.');
}
