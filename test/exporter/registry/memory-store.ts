import { createHash } from 'node:crypto';
import type { ObjectStore, PendingUpload } from '../../../exporter/registry/object-store.ts';

interface Held {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly modified: Date;
}

/** A bucket in memory that keeps to conditions, for tests of what is done with one at every step. */
export class MemoryStore implements ObjectStore {
  readonly description = 'memory';
  /** By key. Tests may write what no store would. */
  readonly objects = new Map<string, Held>();
  pending: PendingUpload[] = [];
  /** The time of what is written from now on. */
  now = new Date();

  async get(key: string) {
    const held = this.objects.get(key);
    return held ? { ...held, bytes: new Uint8Array(held.bytes), etag: etagOf(held.bytes) } : null;
  }

  async head(key: string) {
    const held = this.objects.get(key);
    if (!held) return null;
    const { bytes, sha256, modified } = held;
    return { size: bytes.length, etag: etagOf(bytes), sha256, modified };
  }

  async put(...[key, bytes, condition]: Parameters<ObjectStore['put']>) {
    const present = await this.head(key);
    if (condition && 'ifMatch' in condition && present?.etag !== condition.ifMatch) return null;
    if (condition && 'ifNoneMatch' in condition && present) return null;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.objects.set(key, { bytes: new Uint8Array(bytes), sha256, modified: this.now });
    return { etag: etagOf(bytes) };
  }

  async list(prefix: string) {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  async delete(key: string) {
    this.objects.delete(key);
  }

  async uploads() {
    return this.pending;
  }

  async abortUpload(upload: PendingUpload) {
    this.pending = this.pending.filter(({ id }) => id !== upload.id);
  }

  async close() {}

  /** What is stored, to be compared. */
  snapshot(): Record<string, string> {
    return Object.fromEntries([...this.objects].map(([key, { sha256 }]) => [key, sha256]));
  }

  /** A bucket that holds the same. */
  copy(): MemoryStore {
    const store = new MemoryStore();
    for (const [key, held] of this.objects) store.objects.set(key, held);
    store.pending = [...this.pending];
    return store;
  }
}

function etagOf(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
