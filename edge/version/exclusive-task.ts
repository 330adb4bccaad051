import type { Background } from './background.ts';
import { LoadLease } from './load-lease.ts';
import { VersionError } from './version-error.ts';
import { within } from './within.ts';

/** How long a task may take. Workers lets background work live 30 s beyond the answer. */
const LIMIT_MS = 25_000;

/**
 * Runs one task at a time for all requests of an isolate. A task lives in the request that started it,
 * and dies with it when that is cancelled, so one that is past its limit loses its lease to the next.
 */
export class ExclusiveTask {
  #running: { readonly lease: LoadLease; readonly done: Promise<void> } | null = null;

  get running(): boolean {
    return this.#running !== null && this.#left(this.#running.lease) > 0;
  }

  /**
   * Waits until no task is running, then runs `work`.
   * @throws VersionError NOT_READY where another task does not end in time; whatever `work` throws
   */
  async run<T>(background: Background, work: (lease: LoadLease) => Promise<T>): Promise<T> {
    const deadline = Date.now() + LIMIT_MS;
    while (this.running) {
      await this.settled();
      if (Date.now() > deadline) {
        throw new VersionError('NOT_READY', 'Another change of version is under way; try again.');
      }
    }
    return this.start(background, work);
  }

  /** Runs `work` now; its lease ends with it. To be called when none is running. */
  start<T>(background: Background, work: (lease: LoadLease) => Promise<T>): Promise<T> {
    this.#running?.lease.end();
    const lease = new LoadLease();
    const result = work(lease).finally(() => {
      if (this.#running?.lease === lease) this.#running = null;
      lease.end();
    });
    const done = result.then(
      () => {},
      () => {},
    );
    this.#running = { lease, done };
    background.waitUntil(done);
    return result;
  }

  /** Waits for the running task, but not beyond its limit. */
  async settled(): Promise<void> {
    if (this.#running) await within(this.#running.done, this.#left(this.#running.lease));
  }

  #left(lease: LoadLease): number {
    return lease.startedAt + LIMIT_MS - Date.now();
  }
}
