import type { LoadedVersion } from './loaded-version.ts';

/** How many versions are kept loaded beside those that requests are answered by: the one before. */
const KEPT = 1;

/**
 * The versions that are loaded, so that returning to the one before takes no load.
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

  /** Releases, the longest unused first, what is more than is kept of the versions out of use. */
  trim(): void {
    this.#release(this.#idle().slice(0, -KEPT));
  }

  /** Releases all versions out of use, so that the next is loaded where they lay. */
  releaseIdle(): void {
    this.#release(this.#idle());
  }

  /** Forgets versions whose instance is lost. */
  clear(): void {
    this.#versions.clear();
  }

  #release(versions: readonly LoadedVersion[]): void {
    for (const version of versions) {
      this.#versions.delete(version.stored.sha256);
      version.release();
    }
  }

  #idle(): LoadedVersion[] {
    const inUse = new Set(this.#inUse());
    return this.versions.filter((version) => !inUse.has(version));
  }
}
