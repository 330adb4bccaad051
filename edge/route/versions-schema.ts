import { z } from 'zod';
import { PRECISIONS, STORAGES } from '../../exporter/contract/form.ts';

const Version = z.int().min(1);

const SwapSchema = z.strictObject({
  state: z.enum(['idle', 'loading', 'serving', 'failed']),
  version: Version.nullable(),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  at: z.iso.datetime(),
});

/** How the trial of a candidate stands in this isolate. `compared` and `disagreements` count pictures. */
const TrialSchema = z.strictObject({
  mode: z.enum(['canary', 'shadow']),
  version: Version,
  share: z.number().min(0).max(1),
  state: z.enum(['loading', 'running', 'failed', 'halted']),
  halted: z.enum(['errors', 'disagreement', 'load']).nullable(),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  requests: z.int().min(0),
  errors: z.int().min(0),
  compared: z.int().min(0),
  disagreements: z.int().min(0),
});

/**
 * What this isolate serves and what the channel asks for. They differ while a swap is under way and
 * after one that failed; `swap` says which, and why. `versions` is null where the bucket does not answer.
 */
export const VersionsSchema = z
  .strictObject({
    model: z.string(),
    channel: z.string(),
    serving: z
      .strictObject({
        version: Version,
        parent: Version.nullable(),
        manifestSha256: z.string(),
        /** What of the version runs here. */
        form: z.strictObject({ precision: z.enum(PRECISIONS), storage: z.enum(STORAGES) }),
        labels: z.array(z.string()),
      })
      .nullable(),
    pointer: z.strictObject({ version: Version, history: z.array(Version) }).nullable(),
    swap: SwapSchema,
    trial: TrialSchema.nullable(),
    /** The versions that a request can be answered by without waiting for a load. */
    loaded: z.array(Version),
    versions: z.array(z.strictObject({ version: Version, published: z.iso.datetime() })).nullable(),
    heapBytes: z.int().min(0),
    /** Whether reports of mistakes are taken. */
    feedback: z.boolean(),
    requestId: z.string(),
  })
  .meta({ id: 'Versions' });

export type Versions = z.infer<typeof VersionsSchema>;
