import type {
  ObjectRecord,
  ObjectStore,
  PendingUpload,
  PutCondition,
  StoredObject,
} from './object-store.ts';
import { repeatFailed } from './repeat-failed.ts';

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
    return repeatFailed(() => this.#store.get(key));
  }

  head(key: string): Promise<ObjectRecord | null> {
    return repeatFailed(() => this.#store.head(key));
  }

  put(key: string, bytes: Uint8Array, condition?: PutCondition): Promise<{ etag: string } | null> {
    return repeatFailed(async (repetition) => {
      const outcome = await this.#store.put(key, bytes, condition);
      if (outcome || repetition === 0) return outcome;
      const present = await this.#store.get(key);
      return present && Buffer.compare(present.bytes, bytes) === 0 ? { etag: present.etag } : null;
    });
  }

  list(prefix: string): Promise<readonly string[]> {
    return repeatFailed(() => this.#store.list(prefix));
  }

  delete(key: string): Promise<void> {
    return repeatFailed(() => this.#store.delete(key));
  }

  uploads(): Promise<readonly PendingUpload[] | null> {
    return repeatFailed(() => this.#store.uploads());
  }

  abortUpload(upload: PendingUpload): Promise<void> {
    return repeatFailed(() => this.#store.abortUpload(upload));
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
