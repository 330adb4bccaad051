import { createHash } from 'node:crypto';

/**
 * The one source of randomness of the trainer: xoshiro128** (Blackman and Vigna, 2018). Every method
 * uses integer and exactly rounded float arithmetic alone, so that a seed gives the same values on
 * every machine. Get one from `randomFor`.
 */
export class Random {
  // Signed 32-bit integers, which engines keep unboxed.
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** @param state four words, not all zero */
  constructor(state: Uint32Array) {
    this.#a = state[0]! | 0;
    this.#b = state[1]! | 0;
    this.#c = state[2]! | 0;
    this.#d = state[3]! | 0;
  }

  /** Uniform in [0, 2^32). */
  uint32(): number {
    const second = this.#b;
    const third = this.#c ^ this.#a;
    const fourth = this.#d ^ second;
    const scrambled = Math.imul(second, 5);
    this.#a ^= fourth;
    this.#b = second ^ third;
    this.#c = third ^ (second << 9);
    this.#d = (fourth << 11) | (fourth >>> 21);
    return Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
  }

  /** Uniform in [0, 1), a multiple of 2^-32. */
  float(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.float();
  }

  /** Uniform integer in [0, n), without bias, for n in [1, 2^32]. */
  integer(n: number): number {
    const bound = 0x1_0000_0000 - (0x1_0000_0000 % n);
    let word = this.uint32();
    while (word >= bound) word = this.uint32();
    return word % n;
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.float() < probability;
  }

  /**
   * Standard normal. By comparisons alone (von Neumann 1951; Kahn 1954), because the last bit of
   * Math.log and Math.cos differs between machines: an exponential x is accepted when a second one
   * exceeds (x - 1)^2 / 2.
   */
  normal(): number {
    let x = this.#exponential();
    while (this.#exponential() < ((x - 1) * (x - 1)) / 2) x = this.#exponential();
    return this.uint32() & 1 ? x : -x;
  }

  /** Shuffles in place (Fisher and Yates) and returns its argument. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      const kept = items[last];
      items[last] = items[other];
      items[other] = kept;
    }
    return items;
  }

  /** Standard exponential: the first uniform that heads a falling run of odd length, plus the failures before it. */
  #exponential(): number {
    for (let failures = 0; ; failures++) {
      const head = this.float();
      let previous = head;
      let next = this.float();
      let length = 1;
      while (next < previous) {
        previous = next;
        next = this.float();
        length++;
      }
      if (length % 2 === 1) return failures + head;
    }
  }
}

/**
 * The stream of `seed` at `path`, such as `randomFor(7, 'batch', epoch, index)`. Streams of different
 * seeds or paths are independent: their states are SHA-256 digests.
 */
export function randomFor(seed: number, ...path: readonly (string | number)[]): Random {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...path]))
    .digest();
  return new Random(Uint32Array.from([0, 4, 8, 12], (offset) => digest.readUInt32LE(offset)));
}
