import { VersionError } from './version-error.ts';

/**
 * The right to load, and what a load holds so far. A load runs inside some request; should the runtime
 * cancel that request, its code never goes on, not even a `finally`. So whoever finds a lease too old
 * ends it from outside: what it holds is released, and a load that does wake up again stops.
 */
export class LoadLease {
  readonly startedAt = Date.now();
  #releases: (() => void)[] = [];
  #ended = false;

  get ended(): boolean {
    return this.#ended;
  }

  /** @throws VersionError LOAD_EXPIRED where the lease has ended; to be called after every await */
  check(): void {
    if (!this.#ended) return;
    throw new VersionError('LOAD_EXPIRED', 'The load took too long and was started again.');
  }

  /** Remembers how to release something that the load holds. Calling `release` twice must be harmless. */
  own(release: () => void): void {
    this.#releases.push(release);
  }

  /** The load succeeded: what it holds belongs to its result. */
  keep(): void {
    this.#releases = [];
  }

  /** The load failed: releases what it holds, the last first, for another to be tried. */
  drop(): void {
    for (const release of this.#releases.splice(0).reverse()) release();
  }

  /** Drops what was not kept. */
  end(): void {
    this.#ended = true;
    this.drop();
  }
}
