import type { Background } from './background.ts';
import { within } from './within.ts';

/** How long a turn may last before the next in line takes it for lost. */
const STALL_MS = 500;

/** How long the rest beside a load is at least, where the clock stands still while code runs. */
const SHORTEST_REST_MS = 4;

/**
 * Lets inferences through one at a time, with a turn of the event loop between them. There is one
 * thread: the inferences of hundreds of waiting requests would run back to back, and each read of a
 * loader, or of another request's body, would wait behind all of them. While a version is being loaded,
 * each inference is also followed by a rest of its own length, which leaves half the time for the load.
 */
export class Turnstile {
  readonly #line: Waiting[] = [];
  #taken = false;
  #takenAt = 0;
  #restMs = SHORTEST_REST_MS;

  /**
   * Runs `infer` when its turn has come, also where the client has left by then: the line goes on
   * through each of its requests.
   * @param loading whether a load wants time
   */
  pass<T>(background: Background, loading: () => boolean, infer: () => T): Promise<T> {
    const passed = this.#pass(loading, infer);
    background.waitUntil(passed.catch(() => {}));
    return passed;
  }

  async #pass<T>(loading: () => boolean, infer: () => T): Promise<T> {
    const waited = await this.#enter();
    if (loading()) await scheduler.wait(this.#restMs);
    else if (waited) await scheduler.wait(0);
    const start = Date.now();
    try {
      return infer();
    } finally {
      this.#restMs = Math.max(SHORTEST_REST_MS, Date.now() - start);
      this.#leave();
    }
  }

  /** @returns whether others were in front */
  async #enter(): Promise<boolean> {
    if (!this.#taken) {
      this.#take();
      return false;
    }
    const waiting = new Waiting();
    this.#line.push(waiting);
    while (!waiting.called) {
      await within(waiting.call, STALL_MS);
      if (waiting.called || Date.now() - this.#takenAt < STALL_MS) continue;
      this.#line.splice(this.#line.indexOf(waiting), 1);
      this.#take();
      break;
    }
    return true;
  }

  #leave(): void {
    this.#taken = false;
    const next = this.#line.shift();
    if (next === undefined) return;
    this.#take();
    next.callUp();
  }

  #take(): void {
    this.#taken = true;
    this.#takenAt = Date.now();
  }
}

/** A place in the line. */
class Waiting {
  readonly call: Promise<void>;
  called = false;
  #resolve!: () => void;

  constructor() {
    this.call = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  callUp(): void {
    this.called = true;
    this.#resolve();
  }
}
