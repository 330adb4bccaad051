import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { EvaluationError } from './evaluation-error.ts';
import { EvaluationPlanSchema, planFingerprint, unitCount } from './evaluation-plan.ts';
import { MeasuredSchema } from './measured.ts';
import { SummarySchema } from './summary.ts';
import { UnitRecordSchema } from './unit-record.ts';

/** What the network is before any edit. */
const BaseSchema = z.strictObject({
  pictures: z.int().min(0),
  accuracy: z.number(),
  error: z.number(),
  /** The error rate on each control set, by name. */
  controls: z.record(z.string(), z.number()),
  /** On natural pictures; null where none were given. */
  natural: z
    .strictObject({
      pictures: z.int().min(1),
      accuracy: z.number(),
      /** The share whose true class is among the first five answers. */
      topFive: z.number(),
      /** Of the true class, from 1. */
      meanRank: z.number(),
    })
    .nullable(),
  /** Mistakes that may be none; null where it was not given what people called the pictures. */
  arguable: z
    .strictObject({
      /** Of the test pictures, arguable ones among them. */
      mistakes: z.int().min(0),
      pictures: z.array(
        z.strictObject({
          picture: z.int().min(0),
          label: z.int().min(0),
          answer: z.int().min(0),
          /** Of people who gave the answer; null where it is not known. */
          share: z.number().min(0).max(1).nullable(),
        }),
      ),
      /** The error rate without them. */
      error: z.number(),
    })
    .nullable()
    .default(null),
});

const ResultSchema = z.strictObject({
  schema: z.literal('patchwork/evaluation@1'),
  fingerprint: z.string(),
  plan: EvaluationPlanSchema,
  /** Which part this is; null where it is the whole. */
  shard: z.strictObject({ index: z.int().min(0), count: z.int().min(1) }).nullable(),
  base: BaseSchema,
  records: z.array(z.strictObject({ unit: z.int().min(0), record: UnitRecordSchema })),
  /** Null in a part. */
  summary: SummarySchema.nullable(),
  measured: MeasuredSchema,
});

export type BaseFigures = Readonly<z.output<typeof BaseSchema>>;

/** What an evaluation found, or one part of it. All but `measured` is the same each time. */
export type EvaluationResult = Readonly<z.output<typeof ResultSchema>>;

/** Writes a result so that a killed process leaves either the old file or the new. */
export async function writeResult(path: string, result: EvaluationResult): Promise<void> {
  await writeWhole(path, `${JSON.stringify(result)}\n`);
}

/**
 * Writes a text file aside and renames it.
 * @throws EvaluationError RESULT_UNWRITABLE
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const aside = `${path}.${process.pid}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(aside, text);
    await rename(aside, path);
  } catch (cause) {
    throw new EvaluationError(
      'RESULT_UNWRITABLE',
      `${path}: it could not be written (${(cause as Error).message}); free space or name another file.`,
      { cause },
    );
  }
}

/**
 * Reads what `writeResult` wrote.
 * @throws EvaluationError RESULT_UNREADABLE, or RESULT_INVALID where it is no result or was changed
 */
export async function readResult(path: string): Promise<EvaluationResult> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new EvaluationError(
      'RESULT_UNREADABLE',
      `${path}: it could not be read (${cause.message}); name a file that \`patchwork evaluate --json\` wrote.`,
      { cause },
    );
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(path, 'it is not JSON', { cause });
  }
  const parsed = ResultSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw invalid(path, `it breaks at ${issue.path.join('.')}: ${issue.message}`);
  }
  const { plan, fingerprint, records } = parsed.data;
  if (planFingerprint(plan) !== fingerprint) {
    throw invalid(path, 'its plan is not the one that its fingerprint is of');
  }
  const beyond = records.find(({ unit }) => unit >= unitCount(plan));
  if (beyond) throw invalid(path, `it has a record of unit ${beyond.unit}, which its plan has not`);
  return parsed.data;
}

function invalid(path: string, what: string, options: ErrorOptions = {}): EvaluationError {
  return new EvaluationError(
    'RESULT_INVALID',
    `${path}: ${what}; name a file that \`patchwork evaluate --json\` wrote.`,
    options,
  );
}
