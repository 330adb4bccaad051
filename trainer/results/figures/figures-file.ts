import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EvaluationError } from '../../evaluation/run/evaluation-error.ts';
import { writeWhole } from '../../evaluation/run/evaluation-result.ts';
import { type Figures, FiguresSchema } from './figures.ts';

/** Figures as a file has them. */
export interface KeptFigures extends Figures {
  /** Whether they are those that were collected: nobody changed a number since. */
  readonly unchanged: boolean;
}

/** @throws EvaluationError RESULT_UNREADABLE, RESULT_INVALID */
export async function readFigures(path: string): Promise<KeptFigures> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new EvaluationError(
      'RESULT_UNREADABLE',
      `${path}: it could not be read (${cause.message}); collect its figures first.`,
      { cause },
    );
  });
  const parsed = FiguresSchema.safeParse(jsonOrNothing(text));
  if (parsed.success) {
    const { sha256, networks, forms } = parsed.data;
    return { networks, forms, unchanged: digest({ networks, forms }) === sha256 };
  }
  const issue = parsed.error.issues[0]!;
  throw new EvaluationError(
    'RESULT_INVALID',
    `${path}: it breaks at ${issue.path.join('.')}: ${issue.message}; collect its figures again.`,
  );
}

/** Writes a network a line and a form a line, so that changes can be read. */
export async function writeFigures(path: string, figures: Figures): Promise<void> {
  const lines = (values: readonly object[]) =>
    values.length === 0
      ? '[]'
      : `[\n${values.map((value) => `  ${JSON.stringify(value)}`).join(',\n')}\n]`;
  const { networks, forms } = figures;
  await writeWhole(
    path,
    `{ "schema": "patchwork/figures@2", "sha256": "${digest(figures)}",\n"networks": ${lines(networks)},\n"forms": ${lines(forms)} }\n`,
  );
}

function digest({ networks, forms }: Figures): string {
  return createHash('sha256').update(JSON.stringify({ networks, forms })).digest('hex');
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
