import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../network/convolution-layer.ts';
import type { Coefficient, Editor } from './editor.ts';
import { EditorError } from './editor-error.ts';

type Range = Coefficient['range'];

/** What each range allows, in words. */
const ALLOWED: Readonly<Record<Range, string>> = {
  positive: 'a number above 0',
  fraction: 'a number between 0 and 1, both excluded',
};

/**
 * The editor's coefficients as numbers that an optimizer may move freely: the logarithm where the range
 * is `positive`, log(x / (1 - x)) where it is `fraction`.
 */
export function rawCoefficients({ coefficients }: Editor): Record<string, number> {
  return Object.fromEntries(
    Object.entries(coefficients).map(([name, { value, range }]) => [
      name,
      range === 'positive' ? Math.log(value) : Math.log(value / (1 - value)),
    ]),
  );
}

/**
 * The inverse of `rawCoefficients` on scalars, differentiable any number of times: exp(raw) where the
 * range is `positive`, 1 / (1 + exp(-raw)) where it is `fraction`.
 */
export function naturalCoefficients({ coefficients }: Editor, raw: NamedTensors): NamedTensors {
  return Object.fromEntries(
    Object.entries(coefficients).map(([name, { range }]) => [
      name,
      range === 'positive' ? tf.exp(raw[name]!) : tf.sigmoid(raw[name]!),
    ]),
  );
}

/** `naturalCoefficients` of plain numbers, of those given alone. */
export function naturalValues(
  { coefficients }: Editor,
  raw: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => [
      name,
      coefficients[name]?.range === 'positive' ? Math.exp(value) : 1 / (1 + Math.exp(-value)),
    ]),
  );
}

/**
 * An editor of the same rule with other values for some coefficients.
 * @param values by name, in natural units
 * @throws EditorError COEFFICIENT_UNKNOWN, COEFFICIENT_OUT_OF_RANGE
 */
export function withCoefficients(editor: Editor, values: Readonly<Record<string, number>>): Editor {
  const coefficients: Record<string, Coefficient> = { ...editor.coefficients };
  for (const [name, value] of Object.entries(values)) {
    const coefficient = Object.hasOwn(coefficients, name) ? coefficients[name] : undefined;
    if (!coefficient) {
      const known = Object.keys(coefficients).join(', ');
      throw new EditorError(
        'COEFFICIENT_UNKNOWN',
        `The editor ${editor.name} has no coefficient "${name}"; choose from ${known}.`,
      );
    }
    const { range } = coefficient;
    if (!allows(range, value)) {
      throw new EditorError(
        'COEFFICIENT_OUT_OF_RANGE',
        `The coefficient ${name} of ${editor.name} is ${value}; give ${ALLOWED[range]}.`,
      );
    }
    coefficients[name] = { value, range };
  }
  return { ...editor, coefficients };
}

function allows(range: Range, value: number): boolean {
  return value > 0 && value < (range === 'positive' ? Number.POSITIVE_INFINITY : 1);
}
