import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScorerError } from './scorer-error.ts';

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
    if (bytes > this.#left) return FileStore.open(length);
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

/**
 * A temporary file without a name: it is unlinked while it is open, so that the system takes it back
 * however the process ends. The page cache keeps what memory has room for.
 */
class FileStore implements ActivationStore {
  #file: FileHandle;
  #buffers: [Float32Array, Float32Array];
  #ranges: { start: number; bytes: number }[] = [];
  #end = 0;

  static async open(length: number): Promise<FileStore> {
    const path = join(tmpdir(), `patchwork-activations-${randomUUID()}`);
    try {
      const file = await open(path, 'wx+', 0o600);
      await unlink(path);
      return new FileStore(file, length);
    } catch (cause) {
      throw unusable(cause);
    }
  }

  private constructor(file: FileHandle, length: number) {
    this.#file = file;
    this.#buffers = [new Float32Array(length), new Float32Array(length)];
  }

  async add(batch: Float32Array): Promise<void> {
    const bytes = new Uint8Array(batch.buffer, batch.byteOffset, batch.byteLength);
    try {
      await this.#file.appendFile(bytes);
    } catch (cause) {
      throw unusable(cause);
    }
    this.#ranges.push({ start: this.#end, bytes: bytes.length });
    this.#end += bytes.length;
  }

  async read(index: number): Promise<Float32Array> {
    const [buffer, other] = this.#buffers;
    this.#buffers = [other, buffer];
    const { start, bytes } = this.#ranges[index]!;
    const target = new Uint8Array(buffer.buffer, 0, bytes);
    for (let done = 0; done < bytes; ) {
      const { bytesRead } = await this.#file.read(target, done, bytes - done, start + done);
      if (bytesRead === 0) throw unusable(new Error(`it ends before batch ${index}`));
      done += bytesRead;
    }
    return buffer.subarray(0, bytes / Float32Array.BYTES_PER_ELEMENT);
  }

  async dispose(): Promise<void> {
    await this.#file.close();
  }
}

function unusable(cause: unknown): ScorerError {
  return new ScorerError(
    'STORE_UNUSABLE',
    `Activations could not be kept in a file in ${tmpdir()}: ${(cause as Error).message}. Free space there, or set TMPDIR to a folder that has some.`,
    { cause },
  );
}
