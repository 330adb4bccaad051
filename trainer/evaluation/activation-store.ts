import { FileStore } from './file-store.ts';

/** Batches of floats, kept in the order they were added. */
export interface ActivationStore {
  /** @param batch no longer than the store was opened for */
  add(batch: Float32Array): Promise<void>;
  /**
   * Batch `index`, counted from 0. Do not write to it; it is valid until the second read after this one.
   */
  read(index: number): Promise<Float32Array>;
  /** Gives memory and disk space back. */
  dispose(): Promise<void>;
}

/** Makes stores that together keep at most so many bytes in memory; what goes beyond lies in files. */
export class ActivationStores {
  #left: number;

  /** @param bound in bytes */
  constructor(bound: number) {
    this.#left = bound;
  }

  /** A store for `batches` batches of up to `length` floats: in memory where it fits whole. */
  async open(batches: number, length: number): Promise<ActivationStore> {
    const bytes = batches * length * Float32Array.BYTES_PER_ELEMENT;
    if (bytes > this.#left) return FileStore.unnamed(length);
    this.#left -= bytes;
    return new MemoryStore(() => {
      this.#left += bytes;
    });
  }
}

class MemoryStore implements ActivationStore {
  #batches: Float32Array[] = [];
  #release: () => void;

  constructor(release: () => void) {
    this.#release = release;
  }

  async add(batch: Float32Array): Promise<void> {
    this.#batches.push(batch);
  }

  async read(index: number): Promise<Float32Array> {
    return this.#batches[index]!;
  }

  async dispose(): Promise<void> {
    this.#batches = [];
    this.#release();
    this.#release = () => {};
  }
}
