import { z } from 'zod';

const Count = z.int().min(0);

const ClassFlipsSchema = z.strictObject({
  negative: z.array(Count),
  positive: z.array(Count),
  pictures: Count,
});

/** How many of a group of pictures get the edit's label. */
const CoverageSchema = z.strictObject({
  pictures: Count,
  before: Count,
  after: Count,
  /** After the edit, and not before it. */
  gained: Count,
});

const EditRecordSchema = z.strictObject({
  kind: z.literal('edit'),
  /** The picture's place in the set that edits are drawn from. */
  picture: Count,
  trueLabel: Count,
  /** The label that the edit asks for. */
  label: Count,
  answerBefore: Count,
  /** Place of the edit's label among the network's answers before the edit, from 1. */
  rankBefore: z.int().min(1),
  /** The method says that the label leads by the margin, and the judge that it leads. */
  success: z.boolean(),
  steps: Count,
  lossBefore: z.number().nullable(),
  lossAfter: z.number().nullable(),
  /** By control set. */
  controls: z.record(z.string(), ClassFlipsSchema),
  /**
   * By name: `neighbours.` and their kind; `class`, the nearest control pictures of the label's class;
   * `overReach`, the nearest ones of other classes; `restart`, other attacks on the same picture.
   */
  groups: z.record(z.string(), CoverageSchema),
});

const SequenceRecordSchema = z.strictObject({
  kind: z.literal('sequence'),
  edits: z.array(
    z.strictObject({
      picture: Count,
      label: Count,
      success: z.boolean(),
      steps: Count,
      /** Of the clean control set, against the network before the first edit. */
      drawdown: z.number(),
    }),
  ),
  marks: z.array(
    z.strictObject({
      /** How many edits were made by then. */
      edits: z.int().min(1),
      /** The share of the pictures edited so far that have the label that their edit gave them. */
      retention: z.number().min(0).max(1),
      /** Relative L2 change of the parameters that the method changed; 0 where it changes none. */
      drift: z.number().nullable(),
    }),
  ),
});

export const UnitRecordSchema = z.discriminatedUnion('kind', [
  EditRecordSchema,
  SequenceRecordSchema,
]);

export type Coverage = Readonly<z.output<typeof CoverageSchema>>;
export type EditRecord = Readonly<z.output<typeof EditRecordSchema>>;
export type SequenceRecord = Readonly<z.output<typeof SequenceRecordSchema>>;

/** What one unit of an evaluation found: the same whenever and wherever it is computed. */
export type UnitRecord = EditRecord | SequenceRecord;
