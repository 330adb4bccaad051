import { adam } from './adam.ts';
import { withCoefficients } from './coefficients.ts';
import type { Editor } from './editor.ts';
import { EditorError } from './editor-error.ts';
import { gradientDescent } from './gradient-descent.ts';
import { momentum } from './momentum.ts';
import { preconditionedGradient } from './preconditioned-gradient.ts';
import { rmsprop } from './rmsprop.ts';
import { rprop } from './rprop.ts';
import { scaledGradientDescent } from './scaled-gradient-descent.ts';

/** Every editor by its name, with the coefficients it has unless told otherwise. */
export const EDITORS: Readonly<Record<string, Editor>> = Object.fromEntries(
  [
    gradientDescent(),
    scaledGradientDescent(),
    momentum(),
    rprop(),
    rmsprop(),
    adam(),
    preconditionedGradient(),
  ].map((editor) => [editor.name, editor]),
);

export const EDITOR_NAMES: readonly string[] = Object.keys(EDITORS);

/** Those that Editable Training can unroll. */
export const UNROLLED_EDITOR_NAMES = EDITOR_NAMES.filter((name) => !EDITORS[name]!.preconditioned);

/**
 * The editor of a name, with some of its coefficients chosen.
 * @throws EditorError EDITOR_UNKNOWN naming those there are, COEFFICIENT_UNKNOWN, COEFFICIENT_OUT_OF_RANGE
 */
export function createEditor(
  name: string,
  overrides: Readonly<Record<string, number>> = {},
): Editor {
  const editor = Object.hasOwn(EDITORS, name) ? EDITORS[name] : undefined;
  if (editor) return withCoefficients(editor, overrides);
  throw new EditorError(
    'EDITOR_UNKNOWN',
    `There is no editor "${name}"; choose from ${EDITOR_NAMES.join(', ')}.`,
  );
}
