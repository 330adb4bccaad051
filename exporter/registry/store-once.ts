import type { ObjectStore, StoredObject } from './object-store.ts';

/** Which objects under a key are written over. */
export interface Replaces {
  /** Of those with other bytes. */
  readonly other: (present: StoredObject) => boolean;
  /** Of those with the same bytes, to make them new; none without it. */
  readonly same?: (present: Pick<StoredObject, 'modified'>) => boolean;
  /**
   * SHA-256 of the bytes, where it is enough that the store recorded it of what is there; without it, that is read
   * and compared, so that damage is found.
   */
  readonly recorded?: string | undefined;
}

/** Writes an object that never changes. */
export async function storeOnce(
  store: ObjectStore,
  key: string,
  bytes: Uint8Array,
  { other, same = () => false, recorded }: Replaces,
): Promise<'written' | 'present' | 'taken'> {
  for (;;) {
    if (recorded !== undefined) {
      const record = await store.head(key);
      const equal = record?.sha256 === recorded && record.size === bytes.length;
      if (equal && !same(record)) return 'present';
    }
    const present = await store.get(key);
    if (present) {
      const equal = Buffer.compare(present.bytes, bytes) === 0;
      if (equal && !same(present)) return 'present';
      if (!equal && !other(present)) return 'taken';
    }
    const condition = present ? { ifMatch: present.etag } : { ifNoneMatch: '*' as const };
    if (await store.put(key, bytes, condition)) return 'written';
  }
}
