import { z } from 'zod';
import { FixFiguresSchema } from './figures.ts';
import { GateDecisionSchema } from './gate/gate.ts';
import { ThresholdsSchema } from './gate/thresholds.ts';

/** How a fix keeps the fixes before it; see `fixPictures`. */
export const STRATEGIES = ['alone', 'with-earlier-fixes', 'replay-from-base', 'held'] as const;
export type Strategy = (typeof STRATEGIES)[number];

const Count = z.int().min(0);

const CandidateSchema = z.strictObject({
  name: z.string(),
  state: z.enum(['waiting', 'editing', 'failed', 'sampled', 'dropped', 'measured', 'chosen']),
  steps: Count.nullable(),
  /** The share of the edit that was taken. */
  share: z.number().nullable(),
  damage: z
    .strictObject({
      broken: Count,
      short: z.boolean(),
      negativeFlips: Count,
      overReach: Count,
      lost: z.number(),
    })
    .nullable(),
});

/** What the same fix does to another network. */
const ComparisonSchema = z.strictObject({
  checkpoint: z.string(),
  editable: z.boolean(),
  /** Null where no candidate fixes the pictures there, or nothing is to be fixed. */
  figures: FixFiguresSchema.nullable(),
  candidate: z.string().nullable(),
  outcome: z.string(),
});

/** How a fix was found, what it does, and what the gate said. */
export const FixRecordSchema = z.strictObject({
  schema: z.literal('patchwork/fix@1'),
  /** Of the patch. */
  id: z.string(),
  /** The entry of the log before it; null for the first. */
  parent: z.string().nullable(),
  /** Digest of the weights with it. */
  weights: z.string(),
  labelNames: z.array(z.string()),
  /** The labels that were wanted. */
  labels: z.array(z.string()),
  author: z.string(),
  /** ISO 8601. */
  at: z.string(),
  seed: z.number(),
  /** Whether the network was trained to be edited. */
  editable: z.boolean(),
  strategy: z.enum(STRATEGIES),
  /** The candidate that was taken; null where nothing had to be edited. */
  candidate: z.string().nullable(),
  share: z.number(),
  candidates: z.array(CandidateSchema),
  /** Why that candidate. */
  reason: z.string(),
  control: z.strictObject({ name: z.string(), fingerprint: z.string(), pictures: Count }),
  thresholds: ThresholdsSchema,
  decision: GateDecisionSchema,
  /** Whether it is in the log against the gate's verdict. */
  forced: z.boolean(),
  figures: FixFiguresSchema,
  comparison: ComparisonSchema.nullable(),
  /** What it took, in seconds. */
  stages: z.array(z.strictObject({ stage: z.string(), seconds: z.number() })),
});

export type FixRecord = Readonly<z.output<typeof FixRecordSchema>>;
export type Comparison = Readonly<z.output<typeof ComparisonSchema>>;
