import type { Precision } from '../../exporter/contract/form.ts';
import type { Pointer, VersionReference } from '../../exporter/contract/pointer.ts';
import type { ChannelStore } from './channel-store.ts';
import { FollowedPointer } from './followed-pointer.ts';
import type { LoadLease } from './load-lease.ts';
import type { LoadedVersion } from './loaded-version.ts';
import { type InUse, LoadedVersions } from './loaded-versions.ts';
import { type Move, published } from './move.ts';
import { refuse, refusePointer } from './refuse.ts';
import { RetryRest } from './retry-rest.ts';
import { Serving } from './serving.ts';
import { logSwap, reportOf } from './swap-report.ts';
import { TrialFollower } from './trial-follower.ts';
import type { Turnstile } from './turnstile.ts';
import { VersionError } from './version-error.ts';

/** How many versions served before are tried, where the present one cannot be loaded. */
const FALLBACKS = 3;

export interface FollowerOptions {
  readonly pointerTtlMs: number;
  readonly heapCapBytes: number;
  readonly precisions: readonly Precision[];
}

/**
 * Brings this isolate to serve what the channel's pointer says. A version serves only after its signature,
 * its hash, its ports and its golden vectors were checked; until then, and whenever that fails, the one
 * before keeps serving. Its changes are to run one at a time.
 */
export class ChannelFollower {
  readonly pointer: FollowedPointer;
  readonly versions: LoadedVersions;
  readonly trials: TrialFollower;
  readonly #store: ChannelStore;
  readonly #serving = new Serving();
  readonly #rest = new RetryRest();

  constructor(store: ChannelStore, turnstile: Turnstile, options: FollowerOptions) {
    this.#store = store;
    this.pointer = new FollowedPointer(options.pointerTtlMs);
    this.versions = new LoadedVersions(store, turnstile, options, this.#inUse());
    this.trials = new TrialFollower(store, this.versions, this.#rest);
  }

  /** What serves at this very moment. */
  get current(): LoadedVersion | null {
    return this.versions.lost ? null : this.#serving.current;
  }

  get serving(): Pick<Serving, 'report' | 'failures'> {
    return this.#serving;
  }

  /** Serves what the pointer says; keeps serving what it does, where that cannot be loaded. */
  async refresh(lease: LoadLease): Promise<void> {
    this.pointer.renew();
    try {
      await this.#followPointer(lease);
    } catch (error) {
      if (lease.ended) return;
      this.#serving.failed(this.pointer.pointer?.version ?? null, error);
    }
    if (this.current === null) await this.#fallBack(lease);
  }

  /**
   * Loads and checks the version, and the candidate where there is one, moves the pointer by
   * compare-and-swap, and only then serves. What fails on the way changes nothing.
   * @returns the version that serves now
   * @throws VersionError, ContractError: see `VersionSwitch.promote`
   */
  async move(move: Move, lease: LoadLease): Promise<number> {
    try {
      return await this.#move(move, lease);
    } finally {
      this.#serving.dismiss(lease);
      if (this.current === null && this.#serving.lastGood !== null) await this.#fallBack(lease);
    }
  }

  /**
   * Loads a version beside the one that serves.
   * @throws VersionError VERSION_REFUSED, STORAGE_FAILED, or NOT_READY where it failed a moment ago
   */
  async loadBeside(version: number, lease: LoadLease): Promise<void> {
    const artifact = `version ${version}`;
    if (this.#rest.covers(artifact)) {
      throw new VersionError(
        'NOT_READY',
        `Version ${version} failed to load a moment ago; try again later.`,
      );
    }
    try {
      await this.versions.obtain(version, lease, { mayVacate: false });
    } catch (error) {
      if (!lease.ended) this.#rest.failed(artifact);
      refuse(error);
    }
  }

  async #move(move: Move, lease: LoadLease): Promise<number> {
    const previous = await this.#store.pointer();
    lease.check();
    const before = this.pointer.latest(previous);
    if (previous?.problem && !move.mends) throw previous.problem;
    const version = move.target(before);
    const stored = await this.#store.manifest(version).catch(refuse);
    const next = move.next(before, this.#store.name, { version, manifestSha256: stored.sha256 });
    await this.#store.verify(next).catch(refusePointer);
    lease.check();
    const loaded = await this.#obtainAll(next, lease).catch(refuse);
    if (next !== previous?.pointer) await this.#store.movePointer(previous, next);
    lease.check();
    this.pointer.follow(next);
    this.#activate(loaded, next);
    this.#reached(version);
    await this.trials.follow(next, lease);
    return version;
  }

  /** Loads what a pointer asks for. @returns the version that it serves */
  async #obtainAll(pointer: Pointer, lease: LoadLease): Promise<LoadedVersion> {
    const obtain = () => this.versions.obtain(pointer, lease, { mayVacate: true });
    const loaded = await obtain();
    if (pointer.rollout === null) return loaded;
    this.#serving.prepare(loaded, lease);
    await this.versions.obtain(pointer.rollout, lease, { mayVacate: false });
    // It is gone where the runtime broke down over the candidate.
    return obtain();
  }

  async #followPointer(lease: LoadLease): Promise<void> {
    const found = await this.#store.pointer();
    lease.check();
    if (found?.problem) throw found.problem;
    this.pointer.follow(found?.pointer ?? null);
    this.trials.leave(this.pointer.pointer);
    const pointer = published(this.pointer.pointer);
    if (pointer.manifestSha256 !== this.current?.stored.sha256) {
      if (this.#rest.covers(pointer.manifestSha256)) return;
      this.#serving.loading(pointer.version);
      try {
        const loaded = await this.versions.obtain(pointer, lease, { mayVacate: true });
        this.#activate(loaded, pointer);
      } catch (error) {
        if (lease.ended) throw error;
        this.#rest.failed(pointer.manifestSha256);
        this.trials.end(pointer);
        throw error;
      }
    }
    this.#reached(pointer.version);
    await this.trials.follow(pointer, lease);
  }

  /** With nothing to serve and the present version failing, serves one that did before. */
  async #fallBack(lease: LoadLease): Promise<void> {
    const history = new Set(this.pointer.pointer?.history.toReversed() ?? []);
    const { lastGood } = this.#serving;
    const earlier = [...(lastGood ? [lastGood] : []), ...history];
    for (const wanted of earlier.slice(0, FALLBACKS)) {
      const version = typeof wanted === 'number' ? wanted : wanted.version;
      if (this.#rest.covers(`version ${version}`)) continue;
      try {
        const loaded = await this.versions.obtain(wanted, lease, { mayVacate: true });
        this.#activate(loaded, { version, manifestSha256: loaded.stored.sha256 });
        return;
      } catch (error) {
        if (lease.ended) return;
        this.#rest.failed(`version ${version}`);
        logSwap(reportOf('failed', version, error), error);
      }
    }
  }

  #activate(loaded: LoadedVersion, reference: VersionReference): void {
    this.#serving.activate(loaded, reference);
    this.versions.trim();
  }

  #reached(version: number): void {
    if (this.#serving.reached(version)) this.#rest.forgetAll();
  }

  #inUse(): InUse {
    const used = () => {
      const { trial } = this.trials;
      const candidate = trial?.halted ? null : (trial?.candidate ?? null);
      return candidate ? [...this.#serving.inUse, candidate] : this.#serving.inUse;
    };
    return {
      get versions() {
        return used();
      },
      vacate: () => {
        this.#serving.vacate();
        if (this.trials.trial) this.trials.trial.candidate = null;
      },
    };
  }
}
