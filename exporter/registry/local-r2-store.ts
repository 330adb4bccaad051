import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { R2Bucket, R2Object, R2Objects } from '@cloudflare/workers-types';
import type { Miniflare } from 'miniflare';
import { hexadecimal } from '../contract/digest.ts';
import { loadMiniflare } from '../workerd/load-miniflare.ts';
import { bucketName } from './bucket-name.ts';
import { BUCKET_BINDING, REGISTRY_DEFAULTS } from './defaults.ts';
import { WRITER_SCRIPT, writeObject } from './local-r2-writer.ts';
import type {
  ObjectRecord,
  ObjectStore,
  PendingUpload,
  PutCondition,
  StoredObject,
} from './object-store.ts';
import { RegistryError } from './registry-error.ts';
import { RetryingStore } from './retrying-store.ts';

export interface LocalR2Options {
  /** What `wrangler dev --persist-to` is given. */
  readonly folder?: string;
  /** The wrangler.toml that names the bucket. */
  readonly configPath?: string;
}

interface OpenBucket {
  readonly bucket: R2Bucket;
  readonly emulation: Miniflare;
}

const OPEN_ATTEMPTS = 6;
const PROJECT_CONFIG = fileURLToPath(new URL('../../wrangler.toml', import.meta.url));

/**
 * Opens wrangler's R2 emulation in a folder. It may be open in several processes at once, a running
 * `wrangler dev` among them: conditional writes hold across processes, and the failures that come of
 * two writing in the same moment are tried again. Starts a workerd process, which `close` ends.
 * @throws RegistryError STORE_UNAVAILABLE
 */
export async function openLocalR2Store(options: LocalR2Options = {}): Promise<ObjectStore> {
  const folder = resolve(options.folder ?? REGISTRY_DEFAULTS.folder);
  const configPath = options.configPath ?? PROJECT_CONFIG;
  try {
    await mkdir(folder, { recursive: true });
    const opened = await openBucket(folder, await bucketName(configPath));
    return new RetryingStore(new LocalR2Store(opened, folder));
  } catch (cause) {
    throw new RegistryError(
      'STORE_UNAVAILABLE',
      `The local registry in ${folder} cannot be opened: ${(cause as Error).message}. Check the folder and wrangler.toml.`,
      { cause },
    );
  }
}

/** Two workerd processes that open a folder in the same moment can lock each other out. */
async function openBucket(folder: string, name: string): Promise<OpenBucket> {
  // That of the very wrangler that serves the folder, for the layout of its files.
  const { convertV4MiniflareOptions, Miniflare } = loadMiniflare();
  for (let attempt = 1; ; attempt++) {
    const emulation = new Miniflare(
      convertV4MiniflareOptions({
        modules: true,
        script: WRITER_SCRIPT,
        r2Buckets: { [BUCKET_BINDING]: name },
        // `wrangler dev --persist-to` puts the version of its layout below the folder it is given.
        resourcePersistencePath: join(folder, 'v3'),
      }),
    );
    try {
      const bucket = await emulation.getR2Bucket(BUCKET_BINDING);
      return { bucket: bucket as unknown as R2Bucket, emulation };
    } catch (error) {
      // Ends what the start left, and then fails as it did.
      await emulation.dispose().catch(() => {});
      if (attempt === OPEN_ATTEMPTS || !/SQLITE_BUSY/.test((error as Error).message)) throw error;
      await sleep(100 * attempt);
    }
  }
}

function recordedDigest({ checksums }: Pick<R2Object, 'checksums'>): string | null {
  return checksums.sha256 ? hexadecimal(checksums.sha256) : null;
}

class LocalR2Store implements ObjectStore {
  readonly description: string;
  readonly #bucket: R2Bucket;
  readonly #emulation: Miniflare;

  constructor({ bucket, emulation }: OpenBucket, folder: string) {
    this.description = `local R2 in ${folder}`;
    this.#bucket = bucket;
    this.#emulation = emulation;
  }

  async get(key: string): Promise<StoredObject | null> {
    return this.#attempt(`read ${key}`, async () => {
      const object = await this.#bucket.get(key);
      if (!object) return null;
      // Through wrangler's proxy a stream is several times faster than arrayBuffer().
      const chunks: Uint8Array[] = [];
      for await (const chunk of object.body as unknown as AsyncIterable<Uint8Array>) {
        chunks.push(chunk);
      }
      return {
        bytes: new Uint8Array(Buffer.concat(chunks)),
        etag: object.etag,
        sha256: recordedDigest(object),
        modified: object.uploaded,
      };
    });
  }

  async head(key: string): Promise<ObjectRecord | null> {
    return this.#attempt(`look up ${key}`, async () => {
      const object = await this.#bucket.head(key);
      if (!object) return null;
      const { size, etag, uploaded: modified } = object;
      return { size, etag, sha256: recordedDigest(object), modified };
    });
  }

  async put(
    key: string,
    bytes: Uint8Array,
    condition?: PutCondition,
  ): Promise<{ etag: string } | null> {
    return this.#attempt(`write ${key}`, () => writeObject(this.#emulation, key, bytes, condition));
  }

  async list(prefix: string): Promise<readonly string[]> {
    return this.#attempt(`list ${prefix}`, async () => {
      const keys: string[] = [];
      let cursor: string | undefined;
      do {
        const page: R2Objects = await this.#bucket.list(cursor ? { prefix, cursor } : { prefix });
        for (const { key } of page.objects) keys.push(key);
        cursor = page.truncated ? page.cursor : undefined;
      } while (cursor);
      return keys;
    });
  }

  async delete(key: string): Promise<void> {
    await this.#attempt(`delete ${key}`, () => this.#bucket.delete(key));
  }

  /** None: objects are written in one piece. */
  async uploads(): Promise<readonly PendingUpload[]> {
    return [];
  }

  async abortUpload(): Promise<void> {}

  async close(): Promise<void> {
    await this.#emulation.dispose();
  }

  async #attempt<T>(what: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (cause) {
      throw new RegistryError(
        'STORE_FAILED',
        `The ${this.description} failed to ${what}: ${(cause as Error).message}. Run the command again.`,
        { cause },
      );
    }
  }
}
