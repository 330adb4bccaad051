import type { Pointer } from '../../exporter/contract/pointer.ts';
import type { Background } from './background.ts';
import { ChannelFollower, type FollowerOptions } from './channel-follower.ts';
import type { ChannelStore } from './channel-store.ts';
import { type Choice, chooseBy } from './choice.ts';
import { ExclusiveTask } from './exclusive-task.ts';
import type { LoadedVersion } from './loaded-version.ts';
import type { Move } from './move.ts';
import type { SwapReport } from './swap-report.ts';
import type { TrialStatus } from './trial.ts';
import type { Turnstile } from './turnstile.ts';
import { VersionError } from './version-error.ts';

/** Which versions answer this isolate's requests. What changes that runs one at a time, beside them. */
export class VersionSwitch {
  readonly #channel: ChannelFollower;
  readonly #task = new ExclusiveTask();

  constructor(store: ChannelStore, turnstile: Turnstile, options: FollowerOptions) {
    this.#channel = new ChannelFollower(store, turnstile, options);
  }

  /** What serves at this very moment. To be used before the next await: a swap releases it. */
  get current(): LoadedVersion | null {
    return this.#channel.current;
  }

  get report(): SwapReport {
    return this.#channel.serving.report;
  }

  /** The channel's pointer as it was last read. */
  get pointer(): Pointer | null {
    return this.#channel.pointer.pointer;
  }

  /** How the trial of a candidate stands; null where the pointer asks for none. */
  get trial(): TrialStatus | null {
    return this.#channel.trials.trial?.status ?? null;
  }

  /** The loaded versions, the longest unused first. */
  get loaded(): readonly LoadedVersion[] {
    return this.#channel.versions.all;
  }

  /** How many versions were loaded so far, and how often following the pointer failed. */
  get counts(): { readonly loads: number; readonly failures: number } {
    const { versions, serving } = this.#channel;
    return { loads: versions.loads, failures: serving.failures };
  }

  get heapBytes(): number {
    return this.#channel.versions.heapBytes;
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
    const { current, trials, versions } = this.#channel;
    if (pin === null) return current && chooseBy(current, trials.trial, clientKey);
    const version = versions.numbered(pin);
    return version && { version, other: null, trial: null };
  }

  /** Has the pointer read again in the background, once its time to live is over. */
  touch(background: Background): void {
    if (!this.#channel.pointer.stale || this.#task.busy) return;
    this.#refresh(background);
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
      if (!this.#task.running) this.#refresh(background);
      await this.#task.settled();
    }
    if (this.current !== null) return;
    throw new VersionError(
      'NOT_READY',
      `No version serves yet. ${this.report.reason ?? 'It is being loaded; try again.'}`,
    );
  }

  /**
   * Waits until a version is loaded that a request pins, beside the one that serves. Only versions that
   * the channel serves, served or tries can be pinned.
   * @throws VersionError VERSION_UNKNOWN, VERSION_REFUSED, STORAGE_FAILED or NOT_READY
   */
  async pinned(version: number, background: Background): Promise<void> {
    await this.ready(background);
    const { versions, pointer } = this.#channel;
    if (versions.numbered(version) !== null) return;
    if (!pointer.versions.includes(version)) {
      throw new VersionError('VERSION_UNKNOWN', `This channel never served version ${version}.`);
    }
    await this.#task.run(background, async (lease) => {
      if (versions.numbered(version) !== null) return;
      if (pointer.stale) await this.#channel.refresh(lease);
      await this.#channel.loadBeside(version, lease);
    });
  }

  /**
   * Moves the channel as an operator asks. What fails on the way changes nothing.
   * @returns the version that serves now
   * @throws VersionError VERSION_REFUSED, VERSION_UNKNOWN, NOTHING_PUBLISHED, POINTER_REFUSED,
   *   POINTER_CONFLICT, STORAGE_FAILED or NOT_READY; ContractError NOTHING_TO_ROLL_BACK or
   *   POINTER_INVALID
   */
  promote(background: Background, move: Move): Promise<number> {
    return this.#task.run(background, (lease) => this.#channel.move(move, lease));
  }

  #refresh(background: Background): void {
    this.#task.start(background, (lease) => this.#channel.refresh(lease));
  }
}
