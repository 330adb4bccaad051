import type { Background } from './background.ts';

/** How long the one whose turn it is may do nothing before the next takes it for lost. */
const STALL_MS = 500;

/** What an inference is taken to last where the clock stands still while code runs. */
const SHORTEST_MS = 4;

/** The longest rest beside a load. */
const LONGEST_REST_MS = 200;

/** How long a step of a load lets what came during the one before get in line, its body read and decoded. */
const GATHER_MS = 20;

/** How long the last answer before a step of a load has to leave, past whatever else runs in this thread. */
const LEAVE_MS = 8;

/** How long a step of a load waits for its turn at most: there may be dozens, and a load has 25 s. */
const LONGEST_WAIT_MS = 250;

/**
 * Lets inferences through one at a time, in the order of their coming, with a turn of the event loop
 * between them. There is one thread: the inferences of hundreds of waiting requests would run back to
 * back, and each read of a loader, or of another request's body, would wait behind all of them. While a
 * version is being read, each inference that had to wait is also preceded by a rest as long as the last
 * one took, which leaves half the time for the reading.
 *
 * What a load does in one piece, opening a graph and running a golden picture, comes in turn as well:
 * once all who waited during the piece before have been answered. So no request waits for two of them.
 *
 * A ticket lock: requests wait by timers of their own, the longer the more are in front, since the
 * runtime cancels what one request would do for another once that one is gone.
 */
export class Turnstile {
  readonly #longestWaitMs: number;
  #nextTicket = 0;
  #served = 0;
  #progressAt = 0;
  #inferenceMs = SHORTEST_MS;
  /** Until when a load waits for the turn of a step, and needs no rest. */
  #stepUntil = 0;

  /** @param longestWaitMs how long a step of a load waits for those in line */
  constructor(longestWaitMs: number = LONGEST_WAIT_MS) {
    this.#longestWaitMs = longestWaitMs;
  }

  /**
   * Runs `infer` when its turn has come, also where the client has left by then.
   * @param loading whether a load wants time
   */
  pass<T>(background: Background, loading: () => boolean, infer: () => T): Promise<T> {
    const passed = this.#pass(loading, infer);
    background.waitUntil(passed.catch(() => {}));
    return passed;
  }

  /**
   * Runs a step of a load, no longer than one inference where that can be, in its turn between the
   * inferences. A queue that takes longer than a quarter of a second lets it through before its end.
   */
  async step<T>(work: () => T): Promise<T> {
    this.#stepUntil = Date.now() + this.#longestWaitMs;
    const served = this.#served;
    await scheduler.wait(GATHER_MS);
    const waiting = this.#nextTicket;
    while (this.#served < waiting && Date.now() < this.#stepUntil) await scheduler.wait(1);
    if (this.#served !== served) await scheduler.wait(LEAVE_MS);
    try {
      return work();
    } finally {
      this.#stepUntil = 0;
      this.#progressAt = Date.now();
    }
  }

  async #pass<T>(loading: () => boolean, infer: () => T): Promise<T> {
    const ticket = this.#nextTicket++;
    const waits = ticket > this.#served;
    if (!waits) this.#progressAt = Date.now();
    await this.#turnOf(ticket);
    const reading = loading() && Date.now() >= this.#stepUntil;
    const rest = waits && reading ? Math.min(this.#inferenceMs, LONGEST_REST_MS) : 0;
    // Also without a rest: timers that are due together run without a turn of the event loop between.
    if (waits || loading()) await scheduler.wait(rest);
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
