import type { LoadedVersion } from './loaded-version.ts';

/** How many versions are kept loaded beside those that requests are answered by. */
const KEPT = 2;

/**
 * The versions that are loaded, so that returning to one takes no load. Those that no request is answered
 * by are released when there are too many of them or memory is short, the longest unused first.
 */
export class VersionCache {
  readonly #inUse: () => readonly (LoadedVersion | null)[];
  /** By the digest of the manifest, the longest unused first. */
  readonly #versions = new Map<string, LoadedVersion>();

  /** @param inUse the versions that must stay */
  constructor(inUse: () => readonly (LoadedVersion | null)[]) {
    this.#inUse = inUse;
  }

  /** The loaded versions, the longest unused first. */
  get versions(): LoadedVersion[] {
    return [...this.#versions.values()];
  }

  get(manifestSha256: string): LoadedVersion | null {
    const version = this.#versions.get(manifestSha256);
    if (version === undefined) return null;
    this.#versions.delete(manifestSha256);
    this.#versions.set(manifestSha256, version);
    return version;
  }

  /** The loaded version of this number, the last used where there are two. */
  numbered(number: number): LoadedVersion | null {
    const found = this.versions.findLast(({ stored }) => stored.manifest.version === number);
    return found ? this.get(found.stored.sha256) : null;
  }

  add(version: LoadedVersion): void {
    this.#versions.set(version.stored.sha256, version);
  }

  /** Releases the longest unused version that may go. @returns whether there was one */
  evict(): boolean {
    const [oldest] = this.#idle();
    if (oldest === undefined) return false;
    this.#versions.delete(oldest.stored.sha256);
    oldest.release();
    return true;
  }

  /** Releases what is more than is kept. */
  trim(): void {
    while (this.#idle().length > KEPT) this.evict();
  }

  /** Forgets versions whose instance is lost. */
  clear(): void {
    this.#versions.clear();
  }

  #idle(): LoadedVersion[] {
    const inUse = new Set(this.#inUse());
    return this.versions.filter((version) => !inUse.has(version));
  }
}
