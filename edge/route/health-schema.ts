import { z } from 'zod';

export const LiveSchema = z
  .strictObject({ status: z.literal('live'), requestId: z.string() })
  .meta({ id: 'Live' });

export const ReadySchema = z
  .strictObject({ status: z.literal('ready'), version: z.int().min(1), requestId: z.string() })
  .meta({ id: 'Ready' });

export type Live = z.infer<typeof LiveSchema>;
export type Ready = z.infer<typeof ReadySchema>;
