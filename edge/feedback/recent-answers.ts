import type { Answer } from './answer.ts';

export interface RecentAnswer {
  readonly picture: Uint8Array;
  readonly answer: Answer;
}

const MOST_ANSWERS = 32;
const MOST_BYTES = 2 * 1024 * 1024;

/**
 * The last pictures that this isolate answered, so that a report may name a request instead of sending
 * its picture again. A few, and of bounded size; they go with the isolate. Remembers nothing where
 * reports are not taken.
 */
export class RecentAnswers {
  readonly #on: boolean;
  readonly #answers = new Map<string, RecentAnswer>();
  #bytes = 0;

  constructor(on: boolean) {
    this.#on = on;
  }

  /** Whether it would remember a picture. */
  takes(picture: Uint8Array): boolean {
    return this.#on && picture.length <= MOST_BYTES;
  }

  /** @param picture one that it `takes` */
  remember(requestId: string, picture: Uint8Array, answer: Answer): void {
    this.#forget(requestId);
    this.#answers.set(requestId, { picture, answer });
    this.#bytes += picture.length;
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= MOST_ANSWERS && this.#bytes <= MOST_BYTES) break;
      this.#forget(oldest);
    }
  }

  find(requestId: string): RecentAnswer | undefined {
    return this.#answers.get(requestId);
  }

  #forget(requestId: string): void {
    this.#bytes -= this.#answers.get(requestId)?.picture.length ?? 0;
    this.#answers.delete(requestId);
  }
}
