import { randomUUID } from 'node:crypto';
import type { ObjectStore } from './object-store.ts';

/** Where probing writes; what a probe that was killed leaves there is collected. */
export const PROBE_PREFIX = 'probes/';

/**
 * Whether a store keeps to the conditions of writes: it must refuse to create what exists and to replace
 * what is another by now. Stores that do not know conditions write all the same.
 */
export async function keepsConditions(
  store: Pick<ObjectStore, 'put' | 'delete'>,
): Promise<boolean> {
  const key = PROBE_PREFIX + randomUUID();
  const [first, second] = [Uint8Array.of(1), Uint8Array.of(2)];
  try {
    if (!(await store.put(key, first, { ifNoneMatch: '*' }))) return false;
    if (await store.put(key, second, { ifNoneMatch: '*' })) return false;
    const replaced = await store.put(key, second);
    const current = replaced && (await store.put(key, first, { ifMatch: replaced.etag }));
    return !!current && !(await store.put(key, second, { ifMatch: replaced.etag }));
  } finally {
    await store.delete(key);
  }
}
