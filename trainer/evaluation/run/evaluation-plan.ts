import { createHash } from 'node:crypto';
import { z } from 'zod';

const SettingsSchema = z.record(z.string(), z.union([z.number(), z.string()]));

export const PROTOCOLS = [
  'paper',
  'likely',
  'honest',
  'sequential',
  'adversarial',
  'natural',
] as const;

/** One protocol with one method: its units are independent of each other and of all others. */
const ExperimentPlanSchema = z.strictObject({
  protocol: z.enum(PROTOCOLS),
  method: z.strictObject({ name: z.string(), settings: SettingsSchema }),
  /** What the protocol was told, such as the number of edits. */
  parameters: SettingsSchema,
  /** How many records it gives. */
  units: z.int().min(0),
});

export const EvaluationPlanSchema = z.strictObject({
  /** SHA-256 of the weights, patches applied. */
  network: z.string(),
  architecture: z.string(),
  data: z.strictObject({
    name: z.string(),
    fingerprint: z.string(),
    pictures: z.int().min(0),
    labelNames: z.array(z.string()),
  }),
  /** SHA-256 of the file that says what people called the pictures, where one was given. */
  labelUncertainty: z.string().optional(),
  engine: z.string(),
  seed: z.int().min(0),
  /** Name and size of each control set. */
  controls: z.array(z.strictObject({ name: z.string(), pictures: z.int().min(0) })),
  experiments: z.array(ExperimentPlanSchema),
});

/** Protocols, in the order in which they are run. */
export type Protocol = (typeof PROTOCOLS)[number];
export type ExperimentPlan = Readonly<z.output<typeof ExperimentPlanSchema>>;

/**
 * Everything that decides what an evaluation finds. Its units are numbered through: those of the first
 * experiment, then those of the second.
 */
export type EvaluationPlan = Readonly<z.output<typeof EvaluationPlanSchema>>;

/** A part of an evaluation: the units whose number leaves the remainder `index` by `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Hexadecimal SHA-256 of a plan, whatever the order of its fields. */
export function planFingerprint(plan: EvaluationPlan): string {
  return createHash('sha256').update(JSON.stringify(plan, sortedFields)).digest('hex');
}

/** How many units a plan has. */
export function unitCount({ experiments }: EvaluationPlan): number {
  return experiments.reduce((total, { units }) => total + units, 0);
}

/** The experiment that a unit belongs to, and its place in it. */
export function locateUnit(
  { experiments }: EvaluationPlan,
  unit: number,
): { experiment: number; index: number } {
  let index = unit;
  for (const [experiment, { units }] of experiments.entries()) {
    if (index < units) return { experiment, index };
    index -= units;
  }
  throw new RangeError(`The plan has ${unit - index} units; there is no unit ${unit}.`);
}

/** The units of a shard, ascending; all of them without one. */
export function unitsOf(plan: EvaluationPlan, shard: Shard | null): number[] {
  const units = Array.from({ length: unitCount(plan) }, (_, unit) => unit);
  return shard ? units.filter((unit) => unit % shard.count === shard.index) : units;
}

function sortedFields(_: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
