import { z } from 'zod';
import type { DataSet } from '../../data/data-set.ts';
import { EvaluationError } from '../run/evaluation-error.ts';
import type { GivenLabels } from './label-uncertainty.ts';

const DocumentSchema = z.strictObject({
  schema: z.literal('patchwork/label-uncertainty@1'),
  /** Of the data set, as evaluations state it under `plan.data`. */
  fingerprint: z.string(),
  pictures: z.array(
    z.strictObject({
      /** Its place among the test pictures, from 0. */
      picture: z.int().min(0),
      /** Names of labels: all that people gave, or how many of them gave each, as counts or shares. */
      labels: z.union([
        z.array(z.string()).min(1, 'expected at least one label'),
        z.record(z.string(), z.number().min(0)),
      ]),
    }),
  ),
});

/**
 * The shares of the labels that people gave, by picture.
 * @throws EvaluationError UNCERTAINTY_INVALID naming the field, DATA_MISMATCH
 */
export function parseUncertaintyDocument(
  path: string,
  text: string,
  data: DataSet,
): Map<number, GivenLabels> {
  const parsed = DocumentSchema.safeParse(jsonOrNothing(path, text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw invalid(path, `it breaks at ${issue.path.join('.') || 'its root'}: ${issue.message}`);
  }
  const { fingerprint, pictures } = parsed.data;
  if (fingerprint !== data.fingerprint()) {
    throw new EvaluationError(
      'DATA_MISMATCH',
      `${path}: it is of the data set with the fingerprint ${fingerprint}; that of ${data.name} is ${data.fingerprint()}.`,
    );
  }
  const given = new Map<number, GivenLabels>();
  for (const { picture, labels } of pictures) {
    if (picture >= data.test.count) {
      throw invalid(path, `there is no picture ${picture}, only ${data.test.count} test pictures`);
    }
    if (given.has(picture)) throw invalid(path, `picture ${picture} is given twice`);
    const indexOf = (name: string) => {
      const index = data.test.labelNames.indexOf(name);
      if (index >= 0) return index;
      const known = data.test.labelNames.slice(0, 10).join(', ');
      throw invalid(path, `picture ${picture} has the label "${name}"; known are ${known}`);
    };
    if (Array.isArray(labels)) {
      given.set(picture, new Map(labels.map((name) => [indexOf(name), null])));
      continue;
    }
    const total = Object.values(labels).reduce((sum, value) => sum + value, 0);
    if (total === 0) throw invalid(path, `picture ${picture} has no label that anybody gave`);
    given.set(
      picture,
      new Map(Object.entries(labels).map(([name, value]) => [indexOf(name), value / total])),
    );
  }
  return given;
}

function jsonOrNothing(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(path, 'it is neither JSON nor a NumPy file', { cause });
  }
}

function invalid(path: string, what: string, options: ErrorOptions = {}): EvaluationError {
  return new EvaluationError(
    'UNCERTAINTY_INVALID',
    `${path}: ${what}; docs/training.md says what the file looks like.`,
    options,
  );
}
