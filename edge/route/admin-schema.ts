import { z } from 'zod';
import { PointerSchema } from '../../exporter/contract/pointer.ts';

/** The version to serve, or a whole pointer, which may ask for a rollout and may be signed. */
export const PointerBodySchema = z
  .union([
    z.strictObject({ version: z.int().min(1), channel: z.string().optional() }),
    z.strictObject({ pointer: PointerSchema }),
  ])
  .meta({ id: 'PointerMove' });

/** The answer to a moved pointer, given after this isolate has swapped. */
export const MovedSchema = z
  .strictObject({
    model: z.string(),
    channel: z.string(),
    version: z.int().min(1),
    requestId: z.string(),
  })
  .meta({ id: 'Moved' });

export type PointerBody = z.input<typeof PointerBodySchema>;
export type Moved = z.infer<typeof MovedSchema>;
