import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectRecord, ObjectStore, PutCondition, StoredObject } from './object-store.ts';
import { RegistryError } from './registry-error.ts';

const PAUSES_MS = [20, 40, 80, 160, 320, 640];

/**
 * A store that repeats what fails with STORE_FAILED. A failed write may have taken effect all the
 * same: when its repetition finds its condition broken by the very bytes it wanted to write, it counts
 * as written, whoever wrote them.
 */
export class RetryingStore implements ObjectStore {
  readonly description: string;
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.description = store.description;
    this.#store = store;
  }

  get(key: string): Promise<StoredObject | null> {
    return this.#repeat(() => this.#store.get(key));
  }

  head(key: string): Promise<ObjectRecord | null> {
    return this.#repeat(() => this.#store.head(key));
  }

  put(key: string, bytes: Uint8Array, condition?: PutCondition): Promise<{ etag: string } | null> {
    return this.#repeat(async (repetition) => {
      const outcome = await this.#store.put(key, bytes, condition);
      if (outcome || repetition === 0) return outcome;
      const present = await this.#store.get(key);
      return present && Buffer.compare(present.bytes, bytes) === 0 ? { etag: present.etag } : null;
    });
  }

  list(prefix: string): Promise<readonly string[]> {
    return this.#repeat(() => this.#store.list(prefix));
  }

  delete(key: string): Promise<void> {
    return this.#repeat(() => this.#store.delete(key));
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #repeat<T>(attempt: (repetition: number) => Promise<T>): Promise<T> {
    for (const [repetition, pause] of PAUSES_MS.entries()) {
      try {
        return await attempt(repetition);
      } catch (error) {
        if (!(error instanceof RegistryError && error.code === 'STORE_FAILED')) throw error;
        await sleep(pause);
      }
    }
    return attempt(PAUSES_MS.length);
  }
}
