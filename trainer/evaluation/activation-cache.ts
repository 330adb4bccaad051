import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { PictureSet } from '../data/picture-set.ts';
import type { Stage } from '../network/architecture.ts';
import { weightsDigest } from '../network/weights.ts';
import { FileStore, storeFailure } from './file-store.ts';
import type { KeptPart, StoreOpener } from './kept-activations.ts';
import { batchRanges } from './run-batches.ts';
import type { ScoredNetwork } from './scorer.ts';

const IndexSchema = z.strictObject({
  schema: z.literal('patchwork/activations@1'),
  parts: z.record(
    z.string(),
    z.strictObject({ shape: z.array(z.int().min(1)), batches: z.array(z.int().min(1)) }),
  ),
});

/** Parts of one set that are being written; other processes see none of them before `finish`. */
export interface CacheWriter {
  readonly open: StoreOpener;
  finish(): Promise<void>;
}

/** Bytes that a cache may take before the sets that were used the longest ago go. */
const BOUND = 2 * 2 ** 30;
const INDEX = '.json';

/**
 * Keeps on disk what sets of pictures pass on to later stages, so that another process need not compute
 * it again. A set is found by the digest of the network, of the pictures, and of the stages that are kept.
 */
export class ActivationCache {
  #folder: string;
  #bound: number;

  /** @param bound in bytes; what was used last always stays */
  constructor(folder: string, bound = BOUND) {
    this.#folder = folder;
    this.#bound = bound;
  }

  /** The name of a set in the cache: another network, picture or choice of stages has another. */
  keyOf(
    { architecture, preprocessing, weights }: ScoredNetwork,
    keep: readonly Stage[],
    { count, height, width, pixels }: PictureSet,
  ): string {
    const batches = batchRanges(count).map(({ size }) => size);
    const described = { architecture, preprocessing, keep, batches, count, height, width };
    const hash = createHash('sha256').update(JSON.stringify(described));
    return hash.update(weightsDigest(weights)).update(pixels).digest('hex').slice(0, 32);
  }

  /** The parts of a set, or null where it is not there whole. The caller disposes of the stores. */
  async find(key: string): Promise<Map<string, KeptPart> | null> {
    const text = await readFile(this.#path(key, INDEX), 'utf8').catch(() => null);
    const index = IndexSchema.safeParse(text === null ? null : parsed(text));
    if (!index.success) return null;
    const found = new Map<string, KeptPart>();
    try {
      for (const [part, { shape, batches }] of Object.entries(index.data.parts)) {
        const path = this.#path(key, `.${part}`);
        found.set(part, { shape, store: await FileStore.reopen(path, batches) });
      }
    } catch {
      for (const { store } of found.values()) await store.dispose();
      return null;
    }
    const now = new Date();
    await utimes(this.#path(key, INDEX), now, now).catch(() => {});
    return found;
  }

  /** @throws ScorerError STORE_UNUSABLE, then and while writing */
  async write(key: string): Promise<CacheWriter> {
    const nonce = randomUUID();
    const written = new Map<string, { store: FileStore; shape: readonly number[] }>();
    const aside = (part: string) => this.#path(key, `.${part}.${nonce}.partial`);
    await mkdir(this.#folder, { recursive: true }).catch((cause) => {
      throw storeFailure(this.#folder, cause);
    });
    return {
      open: async (part, shape, length) => {
        const store = await FileStore.create(aside(part), length);
        written.set(part, { store, shape });
        return store;
      },
      finish: async () => {
        const parts: z.output<typeof IndexSchema>['parts'] = {};
        try {
          for (const [part, { store, shape }] of written) {
            await store.flush();
            await rename(aside(part), this.#path(key, `.${part}`));
            parts[part] = { shape: [...shape], batches: store.batchBytes };
          }
          const index = JSON.stringify({ schema: 'patchwork/activations@1', parts });
          const file = await open(aside('index'), 'wx');
          await file.writeFile(index);
          await file.close();
          await rename(aside('index'), this.#path(key, INDEX));
        } catch (cause) {
          throw storeFailure(this.#folder, cause);
        }
        await this.#makeRoom(key);
      },
    };
  }

  #path(key: string, rest: string): string {
    return join(this.#folder, `${key}${rest}`);
  }

  /** Takes away the sets that were used the longest ago, and what killed processes left an hour ago. */
  async #makeRoom(newest: string): Promise<void> {
    const sets = new Map<string, { bytes: number; used: number; files: string[] }>();
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const found = await stat(path).catch(() => null);
      if (!found) continue;
      if (name.endsWith('.partial')) {
        if (Date.now() - found.mtimeMs > 3_600_000) await rm(path, { force: true });
        continue;
      }
      const key = name.split('.')[0]!;
      const set = sets.get(key) ?? { bytes: 0, used: 0, files: [] };
      set.bytes += found.size;
      set.used = Math.max(set.used, found.mtimeMs);
      // The index goes first, so that a set is never found without its parts.
      if (name.endsWith(INDEX)) set.files.unshift(path);
      else set.files.push(path);
      sets.set(key, set);
    }
    let total = 0;
    const byUse = [...sets].sort(([, a], [, b]) => b.used - a.used);
    for (const [key, { bytes, files }] of byUse) {
      total += bytes;
      if (total <= this.#bound || key === newest) continue;
      for (const path of files) await rm(path, { force: true });
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
