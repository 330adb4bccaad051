import { z } from 'zod';
import { clientAddress } from '../security/client-address.ts';
import type { EdgeContext } from './edge-context.ts';

const MAX_LENGTH = 128;

export const ClientKeyHeaders = z.object({
  'X-Client-Key': z
    .string()
    .max(MAX_LENGTH)
    .optional()
    .meta({ description: 'Keeps a client on one side of a canary; its address does, without' }),
});

/**
 * What keeps a client on one side of a canary: the key that it sends as `X-Client-Key`, else its
 * address, else the id of its request, which keeps nothing.
 */
export function clientKey(context: EdgeContext): string {
  const sent = context.req.header('x-client-key')?.slice(0, MAX_LENGTH);
  return sent || (clientAddress(context.req.raw) ?? context.var.requestId);
}
