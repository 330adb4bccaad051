import type { Precision } from '../../exporter/contract/form.ts';
import type { Pointer, VersionReference } from '../../exporter/contract/pointer.ts';
import type { Background } from './background.ts';
import type { ChannelStore } from './channel-store.ts';
import { type Choice, chooseBy } from './choice.ts';
import { ExclusiveTask } from './exclusive-task.ts';
import { FollowedPointer } from './followed-pointer.ts';
import type { LoadLease } from './load-lease.ts';
import type { LoadedVersion } from './loaded-version.ts';
import { type InUse, LoadedVersions } from './loaded-versions.ts';
import { type Move, published } from './move.ts';
import { refuse, refusePointer } from './refuse.ts';
import { RetryRest } from './retry-rest.ts';
import { logSwap, reportOf, type SwapReport } from './swap-report.ts';
import type { TrialStatus } from './trial.ts';
import { TrialFollower } from './trial-follower.ts';
import type { Turnstile } from './turnstile.ts';
import { VersionError } from './version-error.ts';

/** How many versions served before are tried, where the present one cannot be loaded. */
const FALLBACKS = 3;

/**
 * Which versions this isolate serves, and how that changes. A version serves only after its signature,
 * its hash, its ports and its golden vectors were checked; until then, and whenever that fails, the one
 * before keeps serving. All changes run one at a time.
 */
export class VersionSwitch {
  readonly #store: ChannelStore;
  readonly #pointer: FollowedPointer;
  readonly #versions: LoadedVersions;
  readonly #trials: TrialFollower;
  readonly #task = new ExclusiveTask();
  readonly #rest = new RetryRest();
  #current: LoadedVersion | null = null;
  #lastGood: VersionReference | null = null;
  #report: SwapReport = reportOf('idle', null);
  #failures = 0;

  constructor(
    store: ChannelStore,
    turnstile: Turnstile,
    options: { pointerTtlMs: number; heapCapBytes: number; precisions: readonly Precision[] },
  ) {
    this.#store = store;
    this.#pointer = new FollowedPointer(options.pointerTtlMs);
    this.#versions = new LoadedVersions(store, turnstile, options, this.#inUse());
    this.#trials = new TrialFollower(store, this.#versions, this.#rest);
  }

  /** What serves at this very moment. To be used before the next await: a swap releases it. */
  get current(): LoadedVersion | null {
    return this.#versions.lost ? null : this.#current;
  }

  get report(): SwapReport {
    return this.#report;
  }

  /** The channel's pointer as it was last read. */
  get pointer(): Pointer | null {
    return this.#pointer.pointer;
  }

  /** How the trial of a candidate stands; null where the pointer asks for none. */
  get trial(): TrialStatus | null {
    return this.#trials.trial?.status ?? null;
  }

  /** The loaded versions, the longest unused first. */
  get loaded(): readonly LoadedVersion[] {
    return this.#versions.all;
  }

  /** How many versions were loaded so far, and how often following the pointer failed. */
  get counts(): { readonly loads: number; readonly failures: number } {
    return { loads: this.#versions.loads, failures: this.#failures };
  }

  get heapBytes(): number {
    return this.#versions.heapBytes;
  }

  /** Whether a change is under way, which inference should leave time for. */
  get changing(): boolean {
    return this.#task.running;
  }

  /**
   * What answers a request at this very moment.
   * @param clientKey keeps a client on one side of a canary
   * @param pin the version that must answer; null for the one that serves
   * @returns null where no version serves, or the one that is pinned is not loaded
   */
  choose({ clientKey, pin }: { clientKey: string; pin: number | null }): Choice | null {
    const { current } = this;
    if (pin === null) return current && chooseBy(current, this.#trials.trial, clientKey);
    const version = this.#versions.numbered(pin);
    return version && { version, other: null, trial: null };
  }

  /** Has the pointer read again in the background, once its time to live is over. */
  touch(background: Background): void {
    if (!this.#pointer.stale || this.#task.busy) return;
    this.#task.start(background, (lease) => this.#refresh(lease));
  }

  /** The same, and waits for what comes of it, but no longer than `limitMs`. */
  async refreshed(background: Background, limitMs: number): Promise<void> {
    this.touch(background);
    await this.#task.settled(limitMs);
  }

  /**
   * Waits until a version serves. The first request of an isolate loads it, others wait for that.
   * @throws VersionError NOT_READY with the reason
   */
  async ready(background: Background): Promise<void> {
    this.touch(background);
    for (let attempt = 0; this.current === null && attempt < 2; attempt++) {
      if (!this.#task.running) this.#task.start(background, (lease) => this.#refresh(lease));
      await this.#task.settled();
    }
    if (this.current !== null) return;
    throw new VersionError(
      'NOT_READY',
      `No version serves yet. ${this.#report.reason ?? 'It is being loaded; try again.'}`,
    );
  }

  /**
   * Waits until a version is loaded that a request pins, beside the one that serves. Only versions that
   * the channel serves, served or tries can be pinned.
   * @throws VersionError VERSION_UNKNOWN, VERSION_REFUSED, STORAGE_FAILED or NOT_READY
   */
  async pinned(version: number, background: Background): Promise<void> {
    await this.ready(background);
    if (this.#versions.numbered(version) !== null) return;
    if (!this.#pointer.versions.includes(version)) {
      throw new VersionError('VERSION_UNKNOWN', `This channel never served version ${version}.`);
    }
    await this.#task.run(background, async (lease) => {
      if (this.#versions.numbered(version) !== null) return;
      if (this.#pointer.stale) await this.#refresh(lease);
      await this.#loadPinned(version, lease);
    });
  }

  /**
   * Moves the channel as an operator asks: loads and checks the version, and the candidate where there
   * is one, moves the pointer by compare-and-swap, and only then serves. What fails on the way changes
   * nothing.
   * @returns the version that serves now
   * @throws VersionError VERSION_REFUSED, VERSION_UNKNOWN, NOTHING_PUBLISHED, POINTER_REFUSED,
   *   POINTER_CONFLICT, STORAGE_FAILED or NOT_READY; ContractError NOTHING_TO_ROLL_BACK or
   *   POINTER_INVALID
   */
  promote(background: Background, move: Move): Promise<number> {
    return this.#task.run(background, async (lease) => {
      try {
        return await this.#promote(move, lease);
      } finally {
        if (this.current === null && this.#lastGood !== null) await this.#fallBack(lease);
      }
    });
  }

  async #promote(move: Move, lease: LoadLease): Promise<number> {
    const previous = await this.#store.pointer();
    lease.check();
    const before = this.#pointer.latest(previous);
    if (previous?.problem && !move.mends) throw previous.problem;
    const version = move.target(before);
    const stored = await this.#store.manifest(version).catch(refuse);
    const next = move.next(before, this.#store.name, { version, manifestSha256: stored.sha256 });
    await this.#store.verify(next).catch(refusePointer);
    lease.check();
    const loaded = await this.#versions.obtain(next, lease, { mayVacate: true }).catch(refuse);
    if (next.rollout) {
      await this.#versions.obtain(next.rollout, lease, { mayVacate: false }).catch(refuse);
    }
    if (next !== previous?.pointer) await this.#store.movePointer(previous, next);
    lease.check();
    this.#pointer.follow(next);
    this.#activate(loaded, next);
    this.#serves(version);
    await this.#trials.follow(next, lease);
    return version;
  }

  async #loadPinned(version: number, lease: LoadLease): Promise<void> {
    const artifact = `version ${version}`;
    if (this.#rest.covers(artifact)) {
      throw new VersionError(
        'NOT_READY',
        `Version ${version} failed to load a moment ago; try again later.`,
      );
    }
    try {
      await this.#versions.obtain(version, lease, { mayVacate: false });
    } catch (error) {
      if (!lease.ended) this.#rest.failed(artifact);
      refuse(error);
    }
  }

  /** Serves what the pointer says; keeps serving what it does, where that cannot be loaded. */
  async #refresh(lease: LoadLease): Promise<void> {
    this.#pointer.renew();
    try {
      await this.#followPointer(lease);
    } catch (error) {
      if (lease.ended) return;
      this.#failures++;
      this.#report = reportOf('failed', this.pointer?.version ?? null, error);
      logSwap(this.#report, error);
    }
    if (this.current === null) await this.#fallBack(lease);
  }

  async #followPointer(lease: LoadLease): Promise<void> {
    const found = await this.#store.pointer();
    lease.check();
    if (found?.problem) throw found.problem;
    this.#pointer.follow(found?.pointer ?? null);
    const pointer = published(this.pointer);
    if (pointer.manifestSha256 !== this.current?.stored.sha256) {
      if (this.#rest.covers(pointer.manifestSha256)) return;
      this.#report = reportOf('loading', pointer.version);
      try {
        const loaded = await this.#versions.obtain(pointer, lease, { mayVacate: true });
        this.#activate(loaded, pointer);
      } catch (error) {
        if (!lease.ended) this.#rest.failed(pointer.manifestSha256);
        throw error;
      }
    }
    this.#serves(pointer.version);
    await this.#trials.follow(pointer, lease);
  }

  /** With nothing to serve and the present version failing, serves one that did before. */
  async #fallBack(lease: LoadLease): Promise<void> {
    const history = new Set(this.pointer?.history.toReversed() ?? []);
    const earlier = [...(this.#lastGood ? [this.#lastGood] : []), ...history];
    for (const wanted of earlier.slice(0, FALLBACKS)) {
      const version = typeof wanted === 'number' ? wanted : wanted.version;
      if (this.#rest.covers(`version ${version}`)) continue;
      try {
        const loaded = await this.#versions.obtain(wanted, lease, { mayVacate: true });
        this.#activate(loaded, { version, manifestSha256: loaded.stored.sha256 });
        return;
      } catch (error) {
        if (lease.ended) return;
        this.#rest.failed(`version ${version}`);
        logSwap(reportOf('failed', version, error), error);
      }
    }
  }

  #activate(loaded: LoadedVersion, { version, manifestSha256 }: VersionReference): void {
    this.#current = loaded;
    this.#lastGood = { version, manifestSha256 };
    this.#versions.trim();
  }

  #serves(version: number): void {
    if (this.#report.state === 'serving' && this.#report.version === version) return;
    this.#rest.forgetAll();
    this.#report = reportOf('serving', version);
    logSwap(this.#report);
  }

  #inUse(): InUse {
    const used = () => {
      const { trial } = this.#trials;
      return [this.#current, trial && !trial.halted ? trial.candidate : null];
    };
    return {
      get versions() {
        return used().filter((version) => version !== null);
      },
      vacate: () => {
        this.#current = null;
        if (this.#trials.trial) this.#trials.trial.candidate = null;
      },
    };
  }
}
