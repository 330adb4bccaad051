import type { Precision } from '../../exporter/contract/form.ts';
import type { Pointer } from '../../exporter/contract/pointer.ts';
import type { Background } from './background.ts';
import type { ChannelStore, StoredManifest, StoredPointer } from './channel-store.ts';
import { ExclusiveTask } from './exclusive-task.ts';
import type { LoadLease } from './load-lease.ts';
import type { LoadedVersion } from './loaded-version.ts';
import { Loader, type Room } from './loader.ts';
import { type Move, published } from './move.ts';
import { isVersionAtFault, refuse, refusePointer } from './refuse.ts';
import { RetryRest } from './retry-rest.ts';
import { explain, logSwap, logTrial, reportOf, type SwapReport } from './swap-report.ts';
import { Trial, type TrialStatus } from './trial.ts';
import { VersionCache } from './version-cache.ts';
import { VersionError } from './version-error.ts';

/** How many versions served before are tried, where the present one cannot be loaded. */
const FALLBACKS = 3;

/** What answers a request. To be used before the next await: a swap may release it. */
export interface Choice {
  readonly version: LoadedVersion;
  /** The other version of the trial that the request is part of, to be compared with; else null. */
  readonly other: LoadedVersion | null;
  /** The trial that it is part of. */
  readonly trial: Trial | null;
}

/** Who asks: decides which version answers. */
export interface Asker {
  /** Keeps a client on one side of a canary. */
  readonly clientKey: string;
  /** The version that must answer; null for the one that serves. */
  readonly pin: number | null;
}

/**
 * Which versions this isolate serves, and how that changes. A version serves only after its signature,
 * its hash, its ports and its golden vectors were checked; until then, and whenever that fails, the one
 * before keeps serving. All changes run one at a time.
 */
export class VersionSwitch {
  readonly #store: ChannelStore;
  readonly #loader: Loader;
  readonly #pointerTtlMs: number;
  readonly #task = new ExclusiveTask();
  readonly #rest = new RetryRest();
  readonly #cache = new VersionCache(() => [this.#current, this.#trial?.candidate ?? null]);
  #current: LoadedVersion | null = null;
  #trial: Trial | null = null;
  #lastGood: StoredManifest | null = null;
  #pointer: Pointer | null = null;
  /** The newest pointer that was followed. */
  #sequence = 0;
  #pointerReadAt = Number.NEGATIVE_INFINITY;
  #report: SwapReport = reportOf('idle', null);
  #loads = 0;
  #failures = 0;

  constructor(
    store: ChannelStore,
    options: { pointerTtlMs: number; heapCapBytes: number; precisions: readonly Precision[] },
  ) {
    this.#store = store;
    this.#loader = new Loader(store, options);
    this.#pointerTtlMs = options.pointerTtlMs;
  }

  /** What serves at this very moment. To be used before the next await: a swap releases it. */
  get current(): LoadedVersion | null {
    return this.#loader.lost ? null : this.#current;
  }

  get report(): SwapReport {
    return this.#report;
  }

  /** The channel's pointer as it was last read. */
  get pointer(): Pointer | null {
    return this.#pointer;
  }

  /** How the trial of a candidate stands; null where the pointer asks for none. */
  get trial(): TrialStatus | null {
    return this.#trial?.status ?? null;
  }

  /** The loaded versions, the longest unused first. */
  get loaded(): readonly LoadedVersion[] {
    return this.#loader.lost ? [] : this.#cache.versions;
  }

  /** How many versions were loaded so far, and how many changes failed. */
  get counts(): { readonly loads: number; readonly failures: number } {
    return { loads: this.#loads, failures: this.#failures };
  }

  get heapBytes(): number {
    return this.#loader.heapBytes;
  }

  /** Whether a change is under way, which inference should leave time for. */
  get changing(): boolean {
    return this.#task.running;
  }

  /**
   * What answers a request at this very moment.
   * @returns null where no version serves, or the one that is pinned is not loaded
   */
  choose({ clientKey, pin }: Asker): Choice | null {
    if (this.#loader.lost) return null;
    if (pin !== null) {
      const version = this.#cache.numbered(pin);
      return version && { version, other: null, trial: null };
    }
    const [current, trial] = [this.#current, this.#trial];
    if (current === null) return null;
    const candidate = trial?.candidate ?? null;
    if (candidate !== null && trial?.answers(clientKey)) {
      return { version: candidate, other: current, trial };
    }
    if (candidate !== null && trial?.takesShadow()) {
      return { version: current, other: candidate, trial };
    }
    return { version: current, other: null, trial: null };
  }

  /** Has the pointer read again in the background, once its time to live is over. */
  touch(background: Background): void {
    if (Date.now() - this.#pointerReadAt < this.#pointerTtlMs || this.#task.busy) return;
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
    if (this.#cache.numbered(version) !== null) return;
    const pointer = this.#pointer;
    if (
      ![pointer?.version, pointer?.rollout?.version, ...(pointer?.history ?? [])].includes(version)
    ) {
      throw new VersionError('VERSION_UNKNOWN', `This channel never served version ${version}.`);
    }
    const artifact = `version ${version}`;
    await this.#task.run(background, async (lease) => {
      if (this.#cache.numbered(version) !== null) return;
      if (Date.now() - this.#pointerReadAt >= this.#pointerTtlMs) await this.#refresh(lease);
      if (this.#rest.covers(artifact)) {
        throw new VersionError(
          'NOT_READY',
          `Version ${version} failed to load a moment ago; try again later.`,
        );
      }
      try {
        await this.#obtain(version, lease, { mayVacate: false });
      } catch (error) {
        if (!lease.ended) this.#rest.failed(artifact);
        refuse(error);
      }
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
    const before = this.#newest(previous);
    if (previous?.problem && !move.mends) throw previous.problem;
    const version = move.target(before);
    const stored = await this.#store.manifest(version).catch(refuse);
    const next = move.next(before, this.#store.name, { version, manifestSha256: stored.sha256 });
    await this.#store.verify(next).catch(refusePointer);
    lease.check();
    const { manifestSha256, rollout } = next;
    const loaded = await this.#obtain({ version, manifestSha256 }, lease).catch(refuse);
    if (rollout) await this.#obtain(rollout, lease, { mayVacate: false }).catch(refuse);
    if (next !== previous?.pointer) await this.#store.movePointer(previous, next);
    lease.check();
    this.#accept(next);
    this.#activate(loaded);
    this.#serves(version);
    await this.#followTrial(next, lease);
    return version;
  }

  /** Serves what the pointer says; keeps serving what it does, where that cannot be loaded. */
  async #refresh(lease: LoadLease): Promise<void> {
    this.#pointerReadAt = Date.now();
    try {
      await this.#followPointer(lease);
    } catch (error) {
      if (lease.ended) return;
      this.#failures++;
      this.#report = reportOf('failed', this.#pointer?.version ?? null, error);
      logSwap(this.#report, error);
    }
    if (this.current === null) await this.#fallBack(lease);
  }

  async #followPointer(lease: LoadLease): Promise<void> {
    const found = await this.#store.pointer();
    lease.check();
    if (found?.problem) throw found.problem;
    this.#accept(found?.pointer ?? null);
    const pointer = published(this.#pointer);
    const { version, manifestSha256 } = pointer;
    if (manifestSha256 !== this.current?.stored.sha256) {
      if (this.#rest.covers(manifestSha256)) return;
      this.#report = reportOf('loading', version);
      try {
        this.#activate(await this.#obtain(pointer, lease));
      } catch (error) {
        if (!lease.ended) this.#rest.failed(manifestSha256);
        throw error;
      }
    }
    this.#serves(version);
    await this.#followTrial(pointer, lease);
  }

  /** @throws VersionError POINTER_REPLAYED where a newer one was followed before */
  #accept(pointer: Pointer | null): void {
    if (pointer !== null && pointer.sequence < this.#sequence) {
      throw new VersionError(
        'POINTER_REPLAYED',
        `The pointer has sequence ${pointer.sequence}, and one of ${this.#sequence} was followed before; publish again.`,
      );
    }
    this.#pointer = pointer;
    this.#sequence = pointer?.sequence ?? this.#sequence;
  }

  #newest(stored: StoredPointer | null): Pointer | null {
    const [found, known] = [stored?.pointer ?? null, this.#pointer];
    return (known?.sequence ?? 0) > (found?.sequence ?? 0) ? known : found;
  }

  /** With nothing to serve and the present version failing, serves one that did before. */
  async #fallBack(lease: LoadLease): Promise<void> {
    const history = this.#pointer?.history.toReversed() ?? [];
    const earlier = new Set([this.#lastGood?.manifest.version ?? [], history].flat());
    earlier.delete(this.#lastGood ? 0 : (this.#pointer?.version ?? 0));
    for (const version of [...earlier].slice(0, FALLBACKS)) {
      if (this.#rest.covers(`version ${version}`)) continue;
      try {
        this.#activate(await this.#obtain(version, lease));
        return;
      } catch (error) {
        if (lease.ended) return;
        this.#rest.failed(`version ${version}`);
        logSwap(reportOf('failed', version, error), error);
      }
    }
  }

  /** Starts, goes on with or ends the trial that the pointer asks for. The pointer's version serves. */
  async #followTrial(pointer: Pointer, lease: LoadLease): Promise<void> {
    const { rollout, sequence } = pointer;
    if (this.#trial?.sequence !== sequence) {
      this.#trial = rollout && new Trial(rollout, pointer);
    }
    const trial = this.#trial;
    if (rollout === null || trial === null) return;
    try {
      const halt = await this.#store.halt();
      lease.check();
      if (halt) trial.follow(halt);
      if (!trial.halted && trial.candidate === null) await this.#loadCandidate(trial, lease);
      if (trial.unwrittenHalt) {
        await this.#store.putHalt(trial.unwrittenHalt);
        trial.wroteHalt();
        logTrial(trial.status);
      }
    } catch (error) {
      if (!lease.ended) logTrial(trial.status, error);
    }
  }

  async #loadCandidate(trial: Trial, lease: LoadLease): Promise<void> {
    const artifact = `trial of ${trial.rollout.manifestSha256}`;
    if (this.#rest.covers(artifact)) return;
    try {
      trial.loaded(await this.#obtain(trial.rollout, lease, { mayVacate: false }));
    } catch (error) {
      if (lease.ended) throw error;
      this.#rest.failed(artifact);
      const local = error instanceof VersionError && error.code === 'NO_HEADROOM';
      trial.failLoad(explain(error), isVersionAtFault(error) && !local);
      logTrial(trial.status, error);
    }
  }

  /** A version that is loaded, or is now. It stays loaded until memory is wanted for another. */
  async #obtain(
    wanted: number | { readonly version: number; readonly manifestSha256: string },
    lease: LoadLease,
    { mayVacate }: { mayVacate: boolean } = { mayVacate: true },
  ): Promise<LoadedVersion> {
    if (this.#loader.lost) this.#forgetLost();
    const reference = typeof wanted === 'number' ? { version: wanted } : wanted;
    const digest = 'manifestSha256' in reference ? reference.manifestSha256 : undefined;
    const cached = digest === undefined ? null : this.#cache.get(digest);
    if (cached) return cached;
    const stored = await this.#store.manifest(reference.version, digest);
    lease.check();
    const same = this.#cache.get(stored.sha256);
    if (same) return same;
    const room: Room = {
      evict: () => this.#cache.evict(),
      vacate: mayVacate ? () => this.#vacate() : null,
    };
    const version = await this.#loader.load(stored, lease, room);
    lease.keep();
    this.#loads++;
    this.#cache.add(version);
    this.#cache.trim();
    return version;
  }

  /** Lets the versions in use go, for one that does not fit beside them. */
  #vacate(): void {
    this.#current = null;
    if (this.#trial) this.#trial.candidate = null;
  }

  #forgetLost(): void {
    this.#cache.clear();
    this.#vacate();
  }

  #activate(version: LoadedVersion): void {
    this.#current = version;
    this.#lastGood = version.stored;
    this.#cache.trim();
  }

  #serves(version: number): void {
    if (this.#report.state === 'serving' && this.#report.version === version) return;
    this.#rest.forgetAll();
    this.#report = reportOf('serving', version);
    logSwap(this.#report);
  }
}
