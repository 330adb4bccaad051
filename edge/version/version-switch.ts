import type { Pointer } from '../../exporter/contract/pointer.ts';
import type { Background } from './background.ts';
import type { ChannelStore, StoredManifest } from './channel-store.ts';
import { ExclusiveTask } from './exclusive-task.ts';
import type { LoadLease } from './load-lease.ts';
import type { LoadedVersion } from './loaded-version.ts';
import { Loader } from './loader.ts';
import { type Move, published } from './move.ts';
import { refuse } from './refuse.ts';
import { RetryRest } from './retry-rest.ts';
import { logSwap, reportOf, type SwapReport } from './swap-report.ts';
import { VersionError } from './version-error.ts';

/** How many versions served before are tried, where the present one cannot be loaded. */
const FALLBACKS = 3;

/**
 * Which version this isolate serves, and how that changes. A version serves only after its hash, its
 * ports and its golden vectors were checked; until then, and whenever that fails, the one before keeps
 * serving. All changes run one at a time.
 */
export class VersionSwitch {
  readonly #store: ChannelStore;
  readonly #loader: Loader;
  readonly #pointerTtlMs: number;
  readonly #task = new ExclusiveTask();
  readonly #rest = new RetryRest();
  #current: LoadedVersion | null = null;
  #lastGood: StoredManifest | null = null;
  #pointer: Pointer | null = null;
  #pointerReadAt = Number.NEGATIVE_INFINITY;
  #report: SwapReport = reportOf('idle', null);

  constructor(store: ChannelStore, options: { pointerTtlMs: number; heapCapBytes: number }) {
    this.#store = store;
    this.#loader = new Loader(store, options.heapCapBytes);
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

  get heapBytes(): number {
    return this.#loader.heapBytes;
  }

  /** Whether a change is under way, which inference should leave time for. */
  get changing(): boolean {
    return this.#task.running;
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
   * Moves the channel as an operator asks: loads and checks the version, moves the pointer by
   * compare-and-swap, and only then serves it. What fails on the way changes nothing.
   * @returns the version that serves now
   * @throws VersionError VERSION_REFUSED, VERSION_UNKNOWN, NOTHING_PUBLISHED, POINTER_CONFLICT,
   *   STORAGE_FAILED or NOT_READY; ContractError NOTHING_TO_ROLL_BACK or POINTER_INVALID
   */
  promote(background: Background, move: Move): Promise<number> {
    return this.#task.run(background, async (lease) => {
      const previous = await this.#store.pointer();
      lease.check();
      const before = previous?.pointer ?? null;
      if (previous?.problem && !move.mends) throw previous.problem;
      const version = move.target(before);
      const stored = await this.#store.manifest(version).catch(refuse);
      lease.check();
      const serves = stored.sha256 === this.current?.stored.sha256;
      const candidate = serves ? null : await this.#loader.load(stored, lease).catch(refuse);
      const next = move.next(before, this.#store.name, { version, manifestSha256: stored.sha256 });
      if (next !== before) await this.#store.movePointer(previous, next);
      lease.check();
      this.#pointer = next;
      if (candidate !== null) this.#activate(candidate, lease);
      this.#serves(version);
      return version;
    });
  }

  /** Serves what the pointer says; keeps serving what it does, where that cannot be loaded. */
  async #refresh(lease: LoadLease): Promise<void> {
    this.#pointerReadAt = Date.now();
    try {
      await this.#followPointer(lease);
    } catch (error) {
      if (lease.ended) return;
      this.#report = reportOf('failed', this.#pointer?.version ?? null, error);
      logSwap(this.#report, error);
    }
    if (this.current === null) await this.#fallBack(lease);
  }

  async #followPointer(lease: LoadLease): Promise<void> {
    const found = await this.#store.pointer();
    lease.check();
    if (found?.problem) throw found.problem;
    this.#pointer = found?.pointer ?? null;
    const { version, manifestSha256 } = published(this.#pointer);
    if (manifestSha256 === this.current?.stored.sha256) return this.#serves(version);
    if (this.#rest.covers(manifestSha256)) return;
    this.#report = reportOf('loading', version);
    try {
      const stored = await this.#store.manifest(version, manifestSha256);
      lease.check();
      this.#activate(await this.#loader.load(stored, lease), lease);
      this.#serves(version);
    } catch (error) {
      if (!lease.ended) this.#rest.failed(manifestSha256);
      throw error;
    }
  }

  /** With nothing to serve and the present version failing, serves one that did before. */
  async #fallBack(lease: LoadLease): Promise<void> {
    const history = this.#pointer?.history.toReversed() ?? [];
    const earlier = new Set([this.#lastGood?.manifest.version ?? [], history].flat());
    earlier.delete(this.#pointer?.version ?? 0);
    for (const version of [...earlier].slice(0, FALLBACKS)) {
      if (this.#rest.covers(`version ${version}`)) continue;
      try {
        const stored = await this.#store.manifest(version);
        lease.check();
        this.#activate(await this.#loader.load(stored, lease), lease);
        return;
      } catch (error) {
        if (lease.ended) return;
        this.#rest.failed(`version ${version}`);
        logSwap(reportOf('failed', version, error), error);
      }
    }
  }

  #activate(version: LoadedVersion, lease: LoadLease): void {
    lease.keep();
    const old = this.#current;
    this.#current = version;
    this.#lastGood = version.stored;
    old?.release();
  }

  #serves(version: number): void {
    this.#rest.forgetAll();
    if (this.#report.state === 'serving' && this.#report.version === version) return;
    this.#report = reportOf('serving', version);
    logSwap(this.#report);
  }
}
