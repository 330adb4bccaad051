import type { EdgeContext } from '../route/edge-context.ts';
import { EdgeError } from '../route/edge-error.ts';
import { clientAddress } from './client-address.ts';
import { ROLE_SECRETS, type Role } from './role.ts';

/**
 * Lets a request pass that carries `Authorization: Bearer <token of the role>`. Digests are compared, in
 * constant time, so that neither the length nor a common beginning of the token shows in the timing. A
 * client that has sent too many wrong ones is not compared at all.
 * @throws EdgeError ROLE_DISABLED, TOO_MANY_REQUESTS or UNAUTHORIZED
 */
export async function authorise(context: EdgeContext, role: Role): Promise<void> {
  const secret = ROLE_SECRETS[role];
  const expected = context.env[secret];
  if (!expected) {
    throw new EdgeError(
      'ROLE_DISABLED',
      `No ${role} token is configured; set one with \`wrangler secret put ${secret}\`.`,
    );
  }
  const given = /^Bearer +(.*)$/i.exec(context.req.header('authorization') ?? '')?.[1] ?? '';
  const [expectedDigest, givenDigest] = await Promise.all([digest(expected), digest(given)]);
  const { tokens } = context.var.isolate;
  const client = clientAddress(context.req.raw) ?? 'unknown';
  // From here to the count nothing awaits, so that guesses sent at once are not compared at once.
  const seconds = tokens.waits(client);
  if (seconds > 0) {
    throw new EdgeError('TOO_MANY_REQUESTS', 'Too many wrong tokens came from your address.', {
      headers: { 'retry-after': String(seconds) },
    });
  }
  if (crypto.subtle.timingSafeEqual(expectedDigest, givenDigest)) return;
  if (given !== '') await tokens.failed(client, context.env.TOKEN_LIMIT);
  throw new EdgeError('UNAUTHORIZED', 'The bearer token is missing or wrong.', {
    headers: { 'www-authenticate': 'Bearer realm="patchwork"' },
  });
}

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
}
