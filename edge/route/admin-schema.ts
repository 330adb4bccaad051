import { z } from 'zod';

export const PointerBodySchema = z
  .strictObject({
    version: z.int().min(1),
    channel: z.string().optional(),
  })
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

export type Moved = z.infer<typeof MovedSchema>;
