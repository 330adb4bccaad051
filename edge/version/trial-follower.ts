import type { Pointer, Rollout } from '../../exporter/contract/pointer.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import type { ChannelStore } from './channel-store.ts';
import type { LoadLease } from './load-lease.ts';
import type { LoadedVersions } from './loaded-versions.ts';
import { isVersionAtFault } from './refuse.ts';
import type { RetryRest } from './retry-rest.ts';
import { explain, logTrial } from './swap-report.ts';
import { Trial } from './trial.ts';
import { VersionError } from './version-error.ts';

/** The trial that the pointer asks for: begins, goes on with and ends it. */
export class TrialFollower {
  readonly #store: ChannelStore;
  readonly #versions: LoadedVersions;
  readonly #rest: RetryRest;
  #trial: Trial | null = null;

  constructor(store: ChannelStore, versions: LoadedVersions, rest: RetryRest) {
    this.#store = store;
    this.#versions = versions;
    this.#rest = rest;
  }

  get trial(): Trial | null {
    return this.#trial;
  }

  /**
   * Ends the trial at once where a pointer neither goes on with its candidate nor serves it. Else it goes
   * on until the pointer's version serves, so that nobody loses the candidate meanwhile.
   */
  leave(pointer: Pointer | null): void {
    const next = pointer ? [pointer, ...(pointer.rollout ? [pointer.rollout] : [])] : [];
    if (!next.some((reference) => this.#trial?.tries(reference))) this.#trial = null;
  }

  /** Ends the trial of an earlier pointer than this one, whose version cannot be loaded. */
  end({ sequence }: Pointer): void {
    if (this.#trial?.sequence !== sequence) this.#trial = null;
  }

  /**
   * Does what the pointer says, whose version serves already: loads the candidate beside it, stops where
   * another worker did, and tells the others where this one did. What fails is told by the trial.
   */
  async follow(pointer: Pointer, lease: LoadLease): Promise<void> {
    const { rollout, sequence } = pointer;
    if (this.#trial?.sequence !== sequence) this.#trial = rollout && this.#begin(rollout, pointer);
    const trial = this.#trial;
    if (trial === null) return;
    try {
      const halt = await this.#store.halt();
      lease.check();
      const told = halt !== null && trial.follow(halt);
      if (!trial.halted && trial.candidate === null) await this.#loadCandidate(trial, lease);
      // Also where it was told before: an isolate that is late may have halted an earlier trial since.
      if (trial.halt && !told) {
        await this.#store.putHalt(trial.halt);
        logTrial(trial.status);
      }
    } catch (error) {
      if (!lease.ended) logTrial(trial.status, error);
    }
  }

  /** Goes on at once with a candidate that is on trial already: nobody who has it loses it meanwhile. */
  #begin(rollout: Rollout, pointer: Pointer): Trial {
    const trial = new Trial(rollout, pointer);
    const before = this.#trial;
    if (before?.candidate && !before.halted && before.tries(rollout)) {
      trial.loaded(before.candidate);
    }
    return trial;
  }

  async #loadCandidate(trial: Trial, lease: LoadLease): Promise<void> {
    const artifact = `trial of ${trial.rollout.manifestSha256}`;
    if (this.#rest.covers(artifact)) return;
    try {
      trial.loaded(await this.#versions.obtain(trial.rollout, lease, { mayVacate: false }));
    } catch (error) {
      if (lease.ended) throw error;
      this.#rest.failed(artifact);
      trial.failLoad(explain(error), isVersionAtFault(error) && !isForRoom(error));
      logTrial(trial.status, error);
    }
  }
}

/** Whether it is this isolate that has no room for a version, and others may. */
function isForRoom(error: unknown): boolean {
  return (
    (error instanceof VersionError && error.code === 'NO_HEADROOM') ||
    (error instanceof RuntimeError && error.code === 'HEAP_FULL')
  );
}
