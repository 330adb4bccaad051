import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { FixError } from '../fix-error.ts';

const Share = z.number().min(0).max(1);

/** What a fix must do, and the most it may cost, with the values that hold unless a file says otherwise. */
export const ThresholdsSchema = z.strictObject({
  /** By how much the label must win on each picture, in nats. */
  margin: z.number().min(0).default(0.3),
  /** By how much the labels of earlier fixes must go on winning, in nats. */
  earlierMargin: z.number().min(0).default(0.15),
  /** The share of a picture's neighbours that must get its label. */
  neighbours: Share.default(0.5),
  /** The rise of the error on clean control pictures. */
  cleanDrawdown: Share.default(0.005),
  /** The share of each control set that may go from right to wrong. */
  cleanFlips: Share.default(0.015),
  boundaryFlips: Share.default(0.4),
  corruptedFlips: Share.default(0.03),
  /** The share of the nearest pictures of other classes that may take the label. */
  overReach: Share.default(0.3),
  /** The rise of the error on clean control pictures since the network before any fix. */
  totalDrawdown: Share.default(0.01),
});

export type Thresholds = Readonly<z.output<typeof ThresholdsSchema>>;

export const DEFAULT_THRESHOLDS: Thresholds = ThresholdsSchema.parse({});

/**
 * Reads thresholds from a JSON file; what it leaves out keeps its default.
 * @throws FixError THRESHOLDS_INVALID
 */
export async function readThresholds(path: string): Promise<Thresholds> {
  const invalid = (what: string, cause?: unknown) =>
    new FixError(
      'THRESHOLDS_INVALID',
      `${path}: ${what}; give a JSON object with any of ${Object.keys(ThresholdsSchema.shape).join(', ')}.`,
      { cause },
    );
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw invalid(`it could not be read (${(cause as Error).message})`, cause);
  }
  const result = ThresholdsSchema.safeParse(value);
  if (result.success) return result.data;
  const { path: where, message } = result.error.issues[0]!;
  throw invalid(where.length === 0 ? message : `${where.join('.')}: ${message}`);
}
