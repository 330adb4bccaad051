import { z } from 'zod';

const Version = z.int().min(1);

const SwapSchema = z.strictObject({
  state: z.enum(['idle', 'loading', 'serving', 'failed']),
  version: Version.nullable(),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  at: z.iso.datetime(),
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
        labels: z.array(z.string()),
      })
      .nullable(),
    pointer: z.strictObject({ version: Version, history: z.array(Version) }).nullable(),
    swap: SwapSchema,
    versions: z.array(z.strictObject({ version: Version, published: z.iso.datetime() })).nullable(),
    heapBytes: z.int().min(0),
    /** Whether reports of mistakes are taken. */
    feedback: z.boolean(),
    requestId: z.string(),
  })
  .meta({ id: 'Versions' });

export type Versions = z.infer<typeof VersionsSchema>;
