import { type Card, parseCard, verifyCard } from '../../exporter/contract/card.ts';
import { ContractError } from '../../exporter/contract/contract-error.ts';
import { sha256 } from '../../exporter/contract/digest.ts';
import { type Halt, parseHalt, serialiseHalt } from '../../exporter/contract/halt.ts';
import { type Manifest, parseManifest, verifyManifest } from '../../exporter/contract/manifest.ts';
import { objectKey, versionOfKey } from '../../exporter/contract/object-key.ts';
import {
  type ChannelName,
  type Pointer,
  parsePointer,
  serialisePointer,
  verifyPointer,
} from '../../exporter/contract/pointer.ts';
import { importPublicKey, type TrustedKey } from '../../exporter/contract/signature.ts';
import { listing } from './listing.ts';
import { storageAnswer } from './storage-answer.ts';
import { VersionError } from './version-error.ts';

/** A manifest with the digest of its stored bytes, which names it exactly. */
export interface StoredManifest {
  readonly manifest: Manifest;
  readonly sha256: string;
}

/** The channel's pointer with the etag that a change of it must match. */
export interface StoredPointer {
  /** Null where it cannot be read or trusted. */
  readonly pointer: Pointer | null;
  /** Why it cannot. */
  readonly problem: ContractError | VersionError | null;
  readonly etag: string;
}

export interface VersionEntry {
  readonly version: number;
  readonly published: string;
}

/** How far before the version that the channel points to a listing begins, and how many it has. */
const LISTED_BEFORE = 500;
const MOST_LISTED = 1000;

/** What the bucket holds of one model, and the one channel of it that is served. */
export class ChannelStore {
  readonly #bucket: R2Bucket;
  readonly #model: string;
  readonly #channel: string;
  readonly #publicKeys: readonly string[];
  #trusted: readonly TrustedKey[] | null = null;

  /** @param publicKeys what manifests and pointers must be signed by, one of them; none trusts all */
  constructor(
    bucket: R2Bucket,
    model: string,
    channel: string,
    publicKeys: readonly string[] = [],
  ) {
    this.#bucket = bucket;
    this.#model = model;
    this.#channel = channel;
    this.#publicKeys = publicKeys;
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
      const pointer = parsePointer(object.bytes);
      await this.verify(pointer);
      return { pointer, problem: null, etag: object.etag };
    } catch (error) {
      if (!(error instanceof ContractError || error instanceof VersionError)) throw error;
      return { pointer: null, problem: error, etag: object.etag };
    }
  }

  /**
   * Checks that a pointer is this channel's, and signed by a trusted key where any is configured.
   * @throws VersionError POINTER_MISPLACED; ContractError SIGNATURE_MISSING, KEY_UNTRUSTED or
   *   SIGNATURE_INVALID
   */
  async verify(pointer: Pointer): Promise<void> {
    if (pointer.model !== this.#model || pointer.channel !== this.#channel) {
      throw new VersionError(
        'POINTER_MISPLACED',
        `The pointer is that of channel ${pointer.channel} of ${pointer.model}, not of ${this.#channel} of ${this.#model}; publish to this one.`,
      );
    }
    await verifyPointer(pointer, await this.#trustedKeys());
  }

  /**
   * @param expected digest that the stored bytes must have, where one is known
   * @throws ContractError DIGEST_MISMATCH, MANIFEST_INVALID, SIGNATURE_MISSING, KEY_UNTRUSTED or
   *   SIGNATURE_INVALID; VersionError VERSION_UNKNOWN, MANIFEST_MISPLACED or STORAGE_FAILED
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
    await verifyManifest(manifest, await this.#trustedKeys());
    return { manifest, sha256: digest };
  }

  /**
   * What a worker said last of a rollout of this channel, of whichever; null where that is nothing, or
   * cannot be read.
   * @throws VersionError STORAGE_FAILED
   */
  async halt(): Promise<Halt | null> {
    const object = await this.#read(objectKey.halt(this.#model, this.#channel), 'halt');
    try {
      return object && parseHalt(object.bytes);
    } catch {
      return null;
    }
  }

  /** Tells all workers that a rollout is over. @throws VersionError STORAGE_FAILED */
  async putHalt(halt: Halt): Promise<void> {
    const key = objectKey.halt(this.#model, this.#channel);
    const put = this.#bucket.put(key, serialiseHalt(halt), {
      httpMetadata: { contentType: 'application/json' },
    });
    await storageAnswer(put, 'halt');
  }

  /**
   * The card of a version, null where it has none.
   * @throws ContractError CARD_INVALID, SIGNATURE_MISSING, KEY_UNTRUSTED or SIGNATURE_INVALID;
   *   VersionError STORAGE_FAILED
   */
  async card(version: number): Promise<Card | null> {
    const object = await this.#read(objectKey.card(this.#model, version), 'card');
    if (object === null) return null;
    const card = parseCard(object.bytes);
    await verifyCard(card, await this.#trustedKeys());
    return card;
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
    const options = {
      prefix: objectKey.manifestPrefix(this.#model),
      startAfter: objectKey.manifest(this.#model, first),
    };
    const versions: VersionEntry[] = [];
    for await (const { key, uploaded } of listing(this.#bucket, options, 'list of versions')) {
      const stored = versionOfKey(this.#model, key);
      if (stored === null) continue;
      versions.unshift({ version: stored, published: uploaded.toISOString() });
      if (versions.length === MOST_LISTED) break;
    }
    return versions;
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

  async #trustedKeys(): Promise<readonly TrustedKey[]> {
    this.#trusted ??= await Promise.all(this.#publicKeys.map(importPublicKey));
    return this.#trusted;
  }

  async #read(key: string, what: string): Promise<{ bytes: Uint8Array; etag: string } | null> {
    const object = await storageAnswer(this.#bucket.get(key), what);
    if (object === null) return null;
    const bytes = await storageAnswer(object.arrayBuffer(), what);
    return { bytes: new Uint8Array(bytes), etag: object.etag };
  }
}
