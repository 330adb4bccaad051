import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ActivationStore } from './activation-store.ts';
import { ScorerError } from './scorer-error.ts';

/** Batches of floats in a file. The page cache keeps what memory has room for. */
export class FileStore implements ActivationStore {
  #file: FileHandle;
  #folder: string;
  #longest: number;
  /** Where a batch is read to, and where the one before was. */
  #buffers: [Float32Array, Float32Array] | null = null;
  #ranges: { start: number; bytes: number }[] = [];
  #end = 0;

  /**
   * A temporary file without a name: it is unlinked while it is open, so that the system takes it back
   * however the process ends.
   * @param length floats of the longest batch
   */
  static async unnamed(length: number): Promise<FileStore> {
    const path = join(tmpdir(), `patchwork-activations-${randomUUID()}`);
    const store = await FileStore.create(path, length);
    await unlink(path);
    return store;
  }

  /** A new file at `path`, which stays. */
  static async create(path: string, length: number): Promise<FileStore> {
    try {
      return new FileStore(await open(path, 'wx+', 0o600), dirname(path), length);
    } catch (cause) {
      throw storeFailure(dirname(path), cause);
    }
  }

  /**
   * A file that another store has written, to be read.
   * @param batchBytes what `batchBytes` of that store said
   */
  static async reopen(path: string, batchBytes: readonly number[]): Promise<FileStore> {
    const longest = Math.max(0, ...batchBytes) / Float32Array.BYTES_PER_ELEMENT;
    const file = await open(path, 'r').catch((cause) => {
      throw storeFailure(dirname(path), cause);
    });
    const store = new FileStore(file, dirname(path), longest);
    for (const bytes of batchBytes) store.#extend(bytes);
    if ((await file.stat()).size === store.#end) return store;
    await file.close();
    throw storeFailure(dirname(path), new Error('a file was cut short'));
  }

  private constructor(file: FileHandle, folder: string, length: number) {
    this.#file = file;
    this.#folder = folder;
    this.#longest = length;
  }

  /** The length of each batch in bytes. */
  get batchBytes(): number[] {
    return this.#ranges.map(({ bytes }) => bytes);
  }

  async add(batch: Float32Array): Promise<void> {
    const bytes = new Uint8Array(batch.buffer, batch.byteOffset, batch.byteLength);
    try {
      await this.#file.appendFile(bytes);
    } catch (cause) {
      throw storeFailure(this.#folder, cause);
    }
    this.#extend(bytes.length);
  }

  async read(index: number): Promise<Float32Array> {
    // Many stores are opened that nobody reads, and memory takes time to clear.
    this.#buffers ??= [new Float32Array(this.#longest), new Float32Array(this.#longest)];
    const [buffer, other] = this.#buffers;
    this.#buffers = [other, buffer];
    const { start, bytes } = this.#ranges[index]!;
    const target = new Uint8Array(buffer.buffer, 0, bytes);
    for (let done = 0; done < bytes; ) {
      const { bytesRead } = await this.#file.read(target, done, bytes - done, start + done);
      if (bytesRead === 0) {
        throw storeFailure(this.#folder, new Error(`a file ends before batch ${index}`));
      }
      done += bytesRead;
    }
    return buffer.subarray(0, bytes / Float32Array.BYTES_PER_ELEMENT);
  }

  /** Brings what was added to the disk. */
  async flush(): Promise<void> {
    await this.#file.sync();
  }

  async dispose(): Promise<void> {
    await this.#file.close();
  }

  #extend(bytes: number): void {
    this.#ranges.push({ start: this.#end, bytes });
    this.#end += bytes;
  }
}

export function storeFailure(folder: string, cause: unknown): ScorerError {
  const remedy =
    folder === tmpdir()
      ? ', or set TMPDIR to a folder that has some'
      : ', or choose another folder';
  return new ScorerError(
    'STORE_UNUSABLE',
    `Activations could not be kept in a file in ${folder}: ${(cause as Error).message}. Free space there${remedy}.`,
    { cause },
  );
}
