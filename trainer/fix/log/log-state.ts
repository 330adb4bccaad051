import { z } from 'zod';

/** Where a fix stands with the edge. */
export const ShippingSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('none') }),
  z.strictObject({ state: z.literal('publishing'), model: z.string(), version: z.int().min(1) }),
  z.strictObject({
    state: z.literal('live'),
    model: z.string(),
    version: z.int().min(1),
    at: z.string(),
  }),
  z.strictObject({
    state: z.literal('rolled-back'),
    model: z.string(),
    version: z.int().min(1),
    reason: z.string(),
  }),
]);

const EntrySchema = z.strictObject({
  /** Of its patch. */
  id: z.string(),
  shipping: ShippingSchema,
});

/** Why an entry is no longer in the log. */
export const REMOVALS = ['undone', 'replayed', 'rebased'] as const;

const RemovedSchema = z.strictObject({
  id: z.string(),
  why: z.enum(REMOVALS),
  at: z.string(),
  author: z.string(),
});

/** The one file of a log that changes: which patches hold, in their order. */
export const LogStateSchema = z.strictObject({
  schema: z.literal('patchwork/log@1'),
  /** The network that the first patch is for. */
  base: z.strictObject({ weights: z.string(), checkpoint: z.string() }),
  entries: z.array(EntrySchema),
  removed: z.array(RemovedSchema),
});

export type Shipping = Readonly<z.output<typeof ShippingSchema>>;
export type LogEntry = Readonly<z.output<typeof EntrySchema>>;
export type Removed = Readonly<z.output<typeof RemovedSchema>>;
export type LogState = Readonly<z.output<typeof LogStateSchema>>;
