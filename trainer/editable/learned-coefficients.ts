import * as tf from '@tensorflow/tfjs';
import type { Editing } from '../checkpoint/checkpoint-metadata.ts';
import { EDITOR } from '../checkpoint/checkpoint-tensors.ts';
import {
  naturalCoefficients,
  naturalValues,
  rawCoefficients,
  withCoefficients,
} from '../editor/coefficients.ts';
import { coefficientValues, type Editor } from '../editor/editor.ts';
import type { NamedTensors } from '../network/convolution-layer.ts';
import type { Weights } from '../network/weights.ts';
import type { EditableOptions } from './editable-options.ts';

type Learning = Pick<EditableOptions, 'editor' | 'learnCoefficients'>;

/**
 * Where learning the coefficients starts, as the optimizer moves them: scalars named
 * `editor.<coefficient>`, and none where they are fixed.
 */
export function initialCoefficients({ editor, learnCoefficients }: Learning): Weights {
  if (!learnCoefficients) return new Map();
  return new Map(
    Object.entries(rawCoefficients(editor)).map(([name, raw]) => [
      EDITOR + name,
      { shape: [], data: Float32Array.of(raw) },
    ]),
  );
}

/**
 * The coefficients as scalars in natural units: constants, or computed from the learned parameters so
 * that derivatives reach those.
 */
export function coefficientTensors(
  { editor, learnCoefficients }: Learning,
  parameters: NamedTensors,
): NamedTensors {
  const values = Object.entries(coefficientValues(editor));
  if (!learnCoefficients) {
    return Object.fromEntries(values.map(([name, value]) => [name, tf.scalar(value)]));
  }
  const raw = values.map(([name]) => [name, parameters[EDITOR + name]!] as const);
  return naturalCoefficients(editor, Object.fromEntries(raw));
}

/** The editor with what was learned so far; as it is where `coefficients` is empty. */
export function learnedEditor(editor: Editor, coefficients: Weights): Editor {
  const raw = [...coefficients].map(([name, { data }]) => [name.slice(EDITOR.length), data[0]!]);
  return withCoefficients(editor, naturalValues(editor, Object.fromEntries(raw)));
}

/** What a checkpoint says of how its network is edited best. */
export function editingOf(options: EditableOptions, coefficients: Weights): Editing {
  const { steps, margin, stages } = options;
  const editor = learnedEditor(options.editor, coefficients);
  return { editor: editor.name, coefficients: coefficientValues(editor), steps, margin, stages };
}
