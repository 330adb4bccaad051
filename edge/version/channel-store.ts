import { ContractError } from '../../exporter/contract/contract-error.ts';
import { sha256 } from '../../exporter/contract/digest.ts';
import { type Manifest, parseManifest } from '../../exporter/contract/manifest.ts';
import { objectKey, versionOfKey } from '../../exporter/contract/object-key.ts';
import {
  type ChannelName,
  type Pointer,
  parsePointer,
  serialisePointer,
} from '../../exporter/contract/pointer.ts';
import { storageAnswer } from './storage-answer.ts';
import { VersionError } from './version-error.ts';

/** A manifest with the digest of its stored bytes, which names it exactly. */
export interface StoredManifest {
  readonly manifest: Manifest;
  readonly sha256: string;
}

/** The channel's pointer with the etag that a change of it must match. */
export interface StoredPointer {
  /** Null where it cannot be read. */
  readonly pointer: Pointer | null;
  /** Why it cannot be read. */
  readonly problem: ContractError | null;
  readonly etag: string;
}

export interface VersionEntry {
  readonly version: number;
  readonly published: string;
}

/** How far before the version that serves a listing begins. One call to R2 lists a thousand keys. */
const LISTED_BEFORE = 500;

/** What the bucket holds of one model, and the one channel of it that is served. */
export class ChannelStore {
  readonly #bucket: R2Bucket;
  readonly #model: string;
  readonly #channel: string;

  constructor(bucket: R2Bucket, model: string, channel: string) {
    this.#bucket = bucket;
    this.#model = model;
    this.#channel = channel;
  }

  get name(): ChannelName {
    return { model: this.#model, channel: this.#channel };
  }

  /**
   * @returns null where the channel has never been published to
   * @throws VersionError STORAGE_FAILED
   */
  async pointer(): Promise<StoredPointer | null> {
    const object = await this.#read(objectKey.pointer(this.#model, this.#channel), 'pointer');
    if (object === null) return null;
    try {
      return { pointer: parsePointer(object.bytes), problem: null, etag: object.etag };
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      return { pointer: null, problem: error, etag: object.etag };
    }
  }

  /**
   * @param expected digest that the stored bytes must have, where one is known
   * @throws ContractError DIGEST_MISMATCH or MANIFEST_INVALID; VersionError VERSION_UNKNOWN,
   *   MANIFEST_MISPLACED or STORAGE_FAILED
   */
  async manifest(version: number, expected?: string): Promise<StoredManifest> {
    const object = await this.#read(objectKey.manifest(this.#model, version), 'manifest');
    if (object === null) {
      throw new VersionError(
        'VERSION_UNKNOWN',
        `Version ${version} of ${this.#model} is not in the bucket; publish it.`,
      );
    }
    const digest = await sha256(object.bytes);
    if (expected !== undefined && digest !== expected) {
      throw new ContractError(
        'DIGEST_MISMATCH',
        `The manifest of version ${version} has SHA-256 ${digest}, but the pointer says ${expected}; publish it again.`,
      );
    }
    const manifest = parseManifest(object.bytes);
    if (manifest.model !== this.#model || manifest.version !== version) {
      throw new VersionError(
        'MANIFEST_MISPLACED',
        `The manifest stored for version ${version} of ${this.#model} is that of version ${manifest.version} of ${manifest.model}; publish it again.`,
      );
    }
    return { manifest, sha256: digest };
  }

  /**
   * The stored bytes of a version's card, null where it has none.
   * @throws VersionError STORAGE_FAILED
   */
  async card(version: number): Promise<Uint8Array<ArrayBuffer> | null> {
    const object = await this.#read(objectKey.card(this.#model, version), 'card');
    return object?.bytes ?? null;
  }

  /**
   * The body of an immutable part.
   * @throws VersionError PART_MISSING or STORAGE_FAILED
   */
  async part(digest: string): Promise<ReadableStream<Uint8Array>> {
    const object = await storageAnswer(this.#bucket.get(objectKey.part(digest)), 'part');
    if (object !== null) return object.body;
    throw new VersionError(
      'PART_MISSING',
      `The part ${digest} is not in the bucket; publish the version again.`,
    );
  }

  /**
   * The stored versions around `version` and after it, newest first.
   * @throws VersionError STORAGE_FAILED
   */
  async versions(version: number): Promise<VersionEntry[]> {
    const first = Math.max(0, version - LISTED_BEFORE);
    const listing = this.#bucket.list({
      prefix: objectKey.manifestPrefix(this.#model),
      startAfter: objectKey.manifest(this.#model, first),
    });
    const { objects } = await storageAnswer(listing, 'list of versions');
    return objects
      .flatMap(({ key, uploaded }) => {
        const stored = versionOfKey(this.#model, key);
        return stored === null ? [] : [{ version: stored, published: uploaded.toISOString() }];
      })
      .reverse();
  }

  /**
   * Moves the channel by compare-and-swap.
   * @param previous what `pointer()` gave; null where the channel must not have been published to
   * @throws VersionError POINTER_CONFLICT where somebody else moved it first; STORAGE_FAILED
   */
  async movePointer(previous: StoredPointer | null, next: Pointer): Promise<void> {
    const put = this.#bucket.put(
      objectKey.pointer(this.#model, this.#channel),
      serialisePointer(next),
      {
        onlyIf: previous ? { etagMatches: previous.etag } : { etagDoesNotMatch: '*' },
        httpMetadata: { contentType: 'application/json' },
      },
    );
    if ((await storageAnswer(put, 'pointer')) !== null) return;
    throw new VersionError(
      'POINTER_CONFLICT',
      'The channel was moved by somebody else in the meantime; look at GET /versions and try again.',
    );
  }

  async #read(
    key: string,
    what: string,
  ): Promise<{ bytes: Uint8Array<ArrayBuffer>; etag: string } | null> {
    const object = await storageAnswer(this.#bucket.get(key), what);
    if (object === null) return null;
    const bytes = await storageAnswer(object.arrayBuffer(), what);
    return { bytes: new Uint8Array(bytes), etag: object.etag };
  }
}
