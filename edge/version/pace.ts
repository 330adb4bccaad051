/** How long the loader's reads and the other requests get between two inferences, at least. */
const SHORTEST_GAP_MS = 4;

/**
 * Spaces inferences out while a version is being loaded. There is one thread: with hundreds of requests
 * waiting, their inferences would run back to back and each read of the loader would wait behind all of
 * them. Slots are handed out by the clock and not by a queue, so that a cancelled request blocks nobody.
 */
export class Pace {
  #nextSlot = 0;
  #inferenceMs = SHORTEST_GAP_MS;

  /** Waits for a slot, while `changing` says that somebody else needs the thread. */
  async turn(changing: () => boolean): Promise<void> {
    if (!changing()) return;
    const now = Date.now();
    const slot = Math.max(now, this.#nextSlot);
    this.#nextSlot = slot + this.#inferenceMs + SHORTEST_GAP_MS;
    if (slot > now) await scheduler.wait(slot - now);
  }

  /** Runs an inference and remembers how long it took, where the clock moves while code runs. */
  measure<T>(infer: () => T): T {
    const start = Date.now();
    try {
      return infer();
    } finally {
      this.#inferenceMs = Math.max(SHORTEST_GAP_MS, Date.now() - start);
    }
  }
}
