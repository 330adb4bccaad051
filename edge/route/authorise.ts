import type { MiddlewareHandler } from 'hono';
import type { EdgeTypes } from './edge-context.ts';
import { EdgeError } from './edge-error.ts';

/**
 * Lets a request pass that carries `Authorization: Bearer <ADMIN_TOKEN>`. Digests are compared, in
 * constant time, so that neither the length nor a common beginning of the token shows in the timing.
 */
export const authorise: MiddlewareHandler<EdgeTypes> = async (context, next) => {
  const expected = context.env.ADMIN_TOKEN;
  if (!expected) {
    throw new EdgeError(
      'ADMIN_DISABLED',
      'No admin token is configured; set one with `wrangler secret put ADMIN_TOKEN`.',
    );
  }
  const given = /^Bearer +(.*)$/i.exec(context.req.header('authorization') ?? '')?.[1] ?? '';
  const [expectedDigest, givenDigest] = await Promise.all([digest(expected), digest(given)]);
  if (!crypto.subtle.timingSafeEqual(expectedDigest, givenDigest)) {
    throw new EdgeError('UNAUTHORIZED', 'The bearer token is missing or wrong.', {
      headers: { 'www-authenticate': 'Bearer realm="patchwork"' },
    });
  }
  await next();
};

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
}
