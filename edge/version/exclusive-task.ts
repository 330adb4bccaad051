import type { Background } from './background.ts';
import { LoadLease } from './load-lease.ts';
import { VersionError } from './version-error.ts';

/** How long a task may take. Workers lets background work live 30 s beyond the answer. */
const LIMIT_MS = 25_000;

/** How long after it was last asked for a turn is kept for the one who waits. */
const RESERVED_MS = 500;

const FIRST_POLL_MS = 1;
const LONGEST_POLL_MS = 50;

/**
 * Runs one task at a time for all requests of an isolate. A task lives in the request that started it,
 * and dies with it when that is cancelled, so one that is past its limit loses its lease to the next.
 * For the same reason others wait by timers of their own, and not for the task's promise.
 */
export class ExclusiveTask {
  #lease: LoadLease | null = null;
  #reservedUntil = 0;

  get running(): boolean {
    return this.#lease !== null && Date.now() - this.#lease.startedAt < LIMIT_MS;
  }

  /** Whether a task is running, or somebody waits to run one. */
  get busy(): boolean {
    return this.running || Date.now() < this.#reservedUntil;
  }

  /**
   * Waits until no task is running, then runs `work`.
   * @throws VersionError NOT_READY where another task does not end in time; whatever `work` throws
   */
  async run<T>(background: Background, work: (lease: LoadLease) => Promise<T>): Promise<T> {
    const deadline = Date.now() + LIMIT_MS;
    while (this.running) {
      if (Date.now() > deadline) {
        throw new VersionError('NOT_READY', 'Another change of version is under way; try again.');
      }
      this.#reservedUntil = Date.now() + RESERVED_MS;
      await scheduler.wait(FIRST_POLL_MS);
    }
    this.#reservedUntil = 0;
    return this.start(background, work);
  }

  /** Runs `work` now; its lease ends with it. To be called when none is running. */
  start<T>(background: Background, work: (lease: LoadLease) => Promise<T>): Promise<T> {
    this.#lease?.end();
    const lease = new LoadLease();
    this.#lease = lease;
    const result = work(lease).finally(() => {
      if (this.#lease === lease) this.#lease = null;
      lease.end();
    });
    background.waitUntil(result.catch(() => {}));
    return result;
  }

  /** Waits for the running task, but no longer than `limitMs`. */
  async settled(limitMs: number = LIMIT_MS): Promise<void> {
    const lease = this.#lease;
    const deadline = Date.now() + limitMs;
    let poll = FIRST_POLL_MS;
    while (this.running && this.#lease === lease && Date.now() < deadline) {
      await scheduler.wait(poll);
      poll = Math.min(2 * poll, LONGEST_POLL_MS);
    }
  }
}
