import { InvalidArgumentError } from 'commander';
import type { Editing } from '../checkpoint/checkpoint-metadata.ts';
import { EDITOR_NAMES } from '../editor/editors.ts';
import { checkMethodName, type MethodChoice } from '../evaluation/protocol/method-choice.ts';
import type { Shard } from '../evaluation/run/evaluation-plan.ts';
import { type Coefficients, coefficient, type EditOptions, editSettings } from './edit-option.ts';

/** A method as it was asked for. */
export interface MethodOption {
  readonly text: string;
  readonly name: string;
  readonly coefficients: Coefficients;
}

/** Parses and collects `name` or `name:coefficient=value,...`, for commander. */
export function methodOption(text: string, before: readonly MethodOption[]): MethodOption[] {
  const [name, list] = text.split(/:(.*)/s) as [string, string?];
  try {
    checkMethodName(name);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
  if (list !== undefined && !EDITOR_NAMES.includes(name)) {
    throw new InvalidArgumentError(`${name} is no editor and has no coefficients.`);
  }
  if (before.some((each) => each.text === text)) {
    throw new InvalidArgumentError(`${text} is given twice.`);
  }
  const coefficients = (list?.split(',') ?? []).reduce(
    (all: Coefficients, each) => coefficient(each, all),
    {},
  );
  return [...before, { text, name, coefficients }];
}

/**
 * The methods asked for, or the editor that the edit options say. Rivals are held against that editor.
 * @throws EditorError COEFFICIENT_UNKNOWN, COEFFICIENT_OUT_OF_RANGE
 */
export function methodChoices(
  methods: readonly MethodOption[],
  options: EditOptions,
  editing: Editing | undefined,
): MethodChoice[] {
  const usual = editSettings(options, editing);
  if (methods.length === 0) {
    return [{ label: usual.editor.name, name: usual.editor.name, settings: usual }];
  }
  return methods.map(({ text, name, coefficients }) => {
    if (!EDITOR_NAMES.includes(name)) return { label: text, name, settings: usual };
    const own = { ...options.coefficient, ...coefficients };
    const settings = editSettings({ ...options, editor: name, coefficient: own }, editing);
    return { label: text, name, settings };
  });
}

/** Parses `index/count`, for commander. */
export function shardOption(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (index !== undefined && shard.index < shard.count) return shard;
  throw new InvalidArgumentError('Give a part and how many there are, such as 0/4 to 3/4.');
}
