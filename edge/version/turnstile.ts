import type { Background } from './background.ts';

/** How long the one whose turn it is may do nothing before the next takes it for lost. */
const STALL_MS = 500;

/** What an inference is taken to last where the clock stands still while code runs. */
const SHORTEST_MS = 4;

/** The longest rest beside a load. */
const LONGEST_REST_MS = 200;

/**
 * Lets inferences through one at a time, in the order of their coming, with a turn of the event loop
 * between them. There is one thread: the inferences of hundreds of waiting requests would run back to
 * back, and each read of a loader, or of another request's body, would wait behind all of them. While a
 * version is being loaded, each inference is also preceded by a rest as long as the last one took, which
 * leaves half the time for the load.
 *
 * A ticket lock: requests wait by timers of their own, the longer the more are in front, since the
 * runtime cancels what one request would do for another once that one is gone.
 */
export class Turnstile {
  #nextTicket = 0;
  #served = 0;
  #progressAt = 0;
  #inferenceMs = SHORTEST_MS;

  /**
   * Runs `infer` when its turn has come, also where the client has left by then.
   * @param loading whether a load wants time
   */
  pass<T>(background: Background, loading: () => boolean, infer: () => T): Promise<T> {
    const passed = this.#pass(loading, infer);
    background.waitUntil(passed.catch(() => {}));
    return passed;
  }

  async #pass<T>(loading: () => boolean, infer: () => T): Promise<T> {
    const ticket = this.#nextTicket++;
    const waits = ticket > this.#served;
    if (!waits) this.#progressAt = Date.now();
    await this.#turnOf(ticket);
    // Also without a rest: timers that are due together run without a turn of the event loop between.
    if (loading()) await scheduler.wait(Math.min(this.#inferenceMs, LONGEST_REST_MS));
    else if (waits) await scheduler.wait(0);
    const start = Date.now();
    try {
      return infer();
    } finally {
      this.#progressAt = Date.now();
      this.#inferenceMs = Math.max(SHORTEST_MS, this.#progressAt - start);
      this.#served = Math.max(this.#served, ticket + 1);
    }
  }

  async #turnOf(ticket: number): Promise<void> {
    for (let ahead = ticket - this.#served; ahead > 0; ahead = ticket - this.#served) {
      await scheduler.wait(Math.min((ahead - 1) * this.#inferenceMs, STALL_MS));
      if (Date.now() - this.#progressAt <= STALL_MS) continue;
      this.#served++;
      this.#progressAt = Date.now();
    }
  }
}
