import type { Miniflare } from 'miniflare';
import { sha256 } from '../contract/digest.ts';
import { BUCKET_BINDING } from './defaults.ts';
import type { PutCondition } from './object-store.ts';

/**
 * A Worker that writes what it is sent to the bucket: through wrangler's proxy of a bucket, bytes become text on
 * their way, which takes twice as long.
 */
export const WRITER_SCRIPT = `export default {
  async fetch(request, env) {
    const key = decodeURIComponent(new URL(request.url).pathname.slice(1));
    const options = { onlyIf: request.headers, sha256: request.headers.get('x-sha256') };
    try {
      const object = await env.${BUCKET_BINDING}.put(key, request.body, options);
      return Response.json(object && { etag: object.etag });
    } catch (error) {
      return new Response(error.message, { status: 500 });
    }
  },
};`;

/**
 * Writes an object through an emulation that runs `WRITER_SCRIPT`.
 * @returns null where the condition does not hold
 * @throws Error with what the bucket says
 */
export async function writeObject(
  emulation: Miniflare,
  key: string,
  bytes: Uint8Array,
  condition?: PutCondition,
): Promise<{ etag: string } | null> {
  const response = await emulation.dispatchFetch(`http://writer/${encodeURIComponent(key)}`, {
    method: 'PUT',
    body: bytes as Uint8Array<ArrayBuffer>,
    headers: { 'x-sha256': await sha256(bytes), ...headersOf(condition) },
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as { etag: string } | null;
}

function headersOf(condition: PutCondition | undefined): Record<string, string> {
  if (!condition) return {};
  return 'ifMatch' in condition
    ? { 'if-match': `"${condition.ifMatch}"` }
    : { 'if-none-match': condition.ifNoneMatch };
}
