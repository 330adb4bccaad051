import { ContractError } from '../../exporter/contract/contract-error.ts';
import type { Pointer } from '../../exporter/contract/pointer.ts';
import { OrtInstance } from '../runtime/instance.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import type { Background } from './background.ts';
import type { ChannelStore, StoredManifest } from './channel-store.ts';
import { ExclusiveTask } from './exclusive-task.ts';
import type { LoadLease } from './load-lease.ts';
import { LoadedVersion } from './loaded-version.ts';
import type { Move } from './move.ts';
import { RetryRest } from './retry-rest.ts';
import { explain, reportOf, type SwapReport } from './swap-report.ts';
import { VersionError } from './version-error.ts';

/** How many versions served before are tried, where a fresh isolate cannot load the present one. */
const FALLBACKS = 3;

/**
 * Which version this isolate serves, and how that changes. A version serves only after its hash, its
 * ports and its golden vectors were checked; until then, and whenever that fails, the one before keeps
 * serving. All changes run one at a time.
 */
export class VersionSwitch {
  readonly #store: ChannelStore;
  readonly #pointerTtlMs: number;
  readonly #heapCapBytes: number;
  readonly #task = new ExclusiveTask();
  readonly #rest = new RetryRest();
  #instance: OrtInstance | null = null;
  #current: LoadedVersion | null = null;
  #lastGood: StoredManifest | null = null;
  #pointer: Pointer | null = null;
  #pointerReadAt = Number.NEGATIVE_INFINITY;
  #report: SwapReport = reportOf('idle', null);

  constructor(store: ChannelStore, options: { pointerTtlMs: number; heapCapBytes: number }) {
    this.#store = store;
    this.#pointerTtlMs = options.pointerTtlMs;
    this.#heapCapBytes = options.heapCapBytes;
  }

  /** What serves at this very moment. To be used before the next await: a swap releases it. */
  get current(): LoadedVersion | null {
    return this.#current;
  }

  get report(): SwapReport {
    return this.#report;
  }

  /** The channel's pointer as it was last read. */
  get pointer(): Pointer | null {
    return this.#pointer;
  }

  /** Bytes of the wasm heap, 0 before the first load. */
  get heapBytes(): number {
    return this.#instance?.heap.bytes ?? 0;
  }

  /** Whether a change is under way, which inference should leave time for. */
  get changing(): boolean {
    return this.#task.running;
  }

  /** Has the pointer read again in the background, once its time to live is over. */
  touch(background: Background): void {
    if (Date.now() - this.#pointerReadAt < this.#pointerTtlMs || this.#task.running) return;
    this.#task.start(background, (lease) => this.#refresh(lease));
  }

  /**
   * Waits until a version serves. The first request of an isolate loads it, others wait for that.
   * @throws VersionError NOT_READY with the reason
   */
  async ready(background: Background): Promise<void> {
    this.touch(background);
    for (let attempt = 0; this.#current === null && attempt < 2; attempt++) {
      await this.#task.join(background, (lease) => this.#refresh(lease));
    }
    if (this.#current !== null) return;
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
   *   STORAGE_FAILED or NOT_READY; ContractError NOTHING_TO_ROLL_BACK
   */
  promote(background: Background, move: Move): Promise<number> {
    return this.#task.run(background, async (lease) => {
      const previous = await this.#store.pointer();
      lease.check();
      const version = move.target(previous?.pointer ?? null);
      const stored = await this.#store.manifest(version).catch(refuse);
      lease.check();
      const serves = stored.sha256 === this.#current?.stored.sha256;
      const candidate = serves ? null : await this.#load(stored, lease).catch(refuse);
      const next = move.next(previous?.pointer ?? null, version, stored.sha256);
      if (next !== previous?.pointer) await this.#store.movePointer(previous, next);
      lease.check();
      this.#pointer = next;
      if (candidate !== null) this.#activate(candidate, lease);
      this.#settle(version);
      return version;
    });
  }

  /** Gives up the wasm instance that can no longer be trusted; the next request rebuilds it. */
  abandon(version: LoadedVersion): void {
    if (this.#current === version) this.#drop();
  }

  async #refresh(lease: LoadLease): Promise<void> {
    this.#pointerReadAt = Date.now();
    try {
      await this.#followPointer(lease);
    } catch (error) {
      if (lease.ended) return;
      this.#fail(this.#pointer?.version ?? null, error);
    }
    if (this.#current === null) await this.#fallBack(lease);
  }

  async #followPointer(lease: LoadLease): Promise<void> {
    const found = await this.#store.pointer();
    lease.check();
    this.#pointer = found?.pointer ?? null;
    if (found === null) {
      throw new VersionError(
        'NOTHING_PUBLISHED',
        'Nothing has been published to this channel; publish a version.',
      );
    }
    const { version, manifestSha256 } = found.pointer;
    if (manifestSha256 === this.#current?.stored.sha256) return this.#settle(version);
    if (this.#rest.covers(manifestSha256)) return;
    this.#report = reportOf('loading', version);
    try {
      const stored = await this.#store.manifest(version, manifestSha256);
      lease.check();
      this.#activate(await this.#load(stored, lease), lease);
      this.#settle(version);
    } catch (error) {
      if (!lease.ended) this.#rest.failed(manifestSha256);
      throw error;
    }
  }

  /** With nothing to serve and the present version failing, serves one that did before. */
  async #fallBack(lease: LoadLease): Promise<void> {
    const served = [
      this.#lastGood?.manifest.version ?? [],
      this.#pointer?.history.toReversed() ?? [],
    ];
    const earlier = new Set(served.flat());
    earlier.delete(this.#pointer?.version ?? 0);
    for (const version of [...earlier].slice(0, FALLBACKS)) {
      if (this.#rest.covers(`version ${version}`)) continue;
      try {
        const stored = await this.#store.manifest(version);
        lease.check();
        this.#activate(await this.#load(stored, lease), lease);
        return;
      } catch (error) {
        if (lease.ended) return;
        this.#rest.failed(`version ${version}`);
        log('fallback-failed', version, error);
      }
    }
  }

  async #load(stored: StoredManifest, lease: LoadLease): Promise<LoadedVersion> {
    this.#instance ??= await OrtInstance.create(this.#heapCapBytes);
    const instance = this.#instance;
    lease.check();
    try {
      return await LoadedVersion.load(instance, this.#store, stored, lease);
    } catch (error) {
      if (instance.lost && this.#instance === instance) this.#drop();
      throw error;
    }
  }

  #activate(version: LoadedVersion, lease: LoadLease): void {
    lease.keep();
    const old = this.#current;
    this.#current = version;
    this.#lastGood = version.stored;
    old?.release();
  }

  #settle(version: number): void {
    this.#rest.forgetAll();
    if (this.#report.state === 'serving' && this.#report.version === version) return;
    this.#report = reportOf('serving', version);
    log('serving', version);
  }

  #fail(version: number | null, error: unknown): void {
    this.#report = reportOf('failed', version, error);
    log('failed', version, error);
  }

  #drop(): void {
    this.#instance = null;
    this.#current = null;
  }
}

/** Tells apart a version that is refused from a bucket that fails. */
function refuse(error: unknown): never {
  const artifact = error instanceof ContractError || error instanceof RuntimeError;
  const version = error instanceof VersionError && !PASSED_ON.has(error.code);
  if (!artifact && !version) throw error;
  throw new VersionError('VERSION_REFUSED', explain(error).reason, { cause: error });
}

const PASSED_ON = new Set(['VERSION_UNKNOWN', 'STORAGE_FAILED', 'LOAD_EXPIRED']);

function log(event: string, version: number | null, error?: unknown): void {
  const cause = error instanceof Error && error.cause ? String(error.cause) : undefined;
  const told = error === undefined ? {} : { ...explain(error), cause: cause ?? String(error) };
  console.log(JSON.stringify({ event: `version-${event}`, version, ...told }));
}
