import type { EdgeContext } from '../route/edge-context.ts';
import { EdgeError } from '../route/edge-error.ts';
import { clientAddress } from './client-address.ts';

/** The period that wrangler.toml gives every limit. */
const PERIOD_SECONDS = 60;

/**
 * Counts a request against its client, where a limit is bound and the client is known.
 * @throws EdgeError TOO_MANY_REQUESTS
 */
export async function limitRate(context: EdgeContext, limit: RateLimit | undefined): Promise<void> {
  const key = clientAddress(context.req.raw);
  if (key === null || limit === undefined) return;
  const { success } = await limit.limit({ key });
  if (success) return;
  throw new EdgeError('TOO_MANY_REQUESTS', 'Your address has sent too many requests.', {
    headers: { 'retry-after': String(PERIOD_SECONDS) },
  });
}
