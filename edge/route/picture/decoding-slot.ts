import type { Background } from '../../version/background.ts';

/** How long the one whose turn it is may show no life before the next takes it for lost. */
const STALL_MS = 2000;

const LONGEST_POLL_MS = 50;

/** A place in the line; `seen` is when its request last ran. */
interface Place {
  seen: number;
}

/**
 * Lets one request of an isolate at a time hold pictures as they were decoded, which take a thousand
 * times the memory of some files. Others wait in the order of their coming, by timers of their own: the
 * runtime may cancel any of them, and cancels what one does for another once that one is gone.
 */
export class DecodingSlot {
  readonly #line: Place[] = [];

  /**
   * Waits for its turn.
   * @returns what ends the turn; calling it again does nothing
   */
  async take(background: Background): Promise<() => void> {
    const place: Place = { seen: Date.now() };
    this.#line.push(place);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = () => {
        this.#leave(place);
        resolve();
      };
    });
    background.waitUntil(held);
    for (let ahead = this.#ahead(place); ahead > 0; ahead = this.#ahead(place)) {
      await scheduler.wait(Math.min(ahead, LONGEST_POLL_MS));
      place.seen = Date.now();
      const [first] = this.#line;
      if (first && place.seen - first.seen > STALL_MS) this.#leave(first);
    }
    return release;
  }

  #ahead(place: Place): number {
    return this.#line.indexOf(place);
  }

  #leave(place: Place): void {
    const at = this.#line.indexOf(place);
    if (at !== -1) this.#line.splice(at, 1);
  }
}
