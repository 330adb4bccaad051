const PAGE_BYTES = 65536;

/** The steps that emscripten tries before its tightest one. */
const LOOSE_STEPS = [0.2, 0.1];
const TIGHTEST_STEP = 0.05;

/**
 * Makes a memory grow in tight steps and never past a cap. Wasm memory never shrinks, and emscripten
 * grows by a fifth when asked for a byte; it retries smaller when growth fails, so failing its loose
 * attempts is how to make it frugal.
 */
export class Growth {
  readonly #memory: WebAssembly.Memory;
  readonly #capBytes: number;
  readonly #grow: (pages: number) => number;
  /** The loose attempt that failed last. */
  #loose = 0;
  /** The least that was asked for while everything is refused; else null. */
  #leastPages: number | null = null;

  constructor(memory: WebAssembly.Memory, capBytes: number) {
    this.#memory = memory;
    this.#capBytes = capBytes;
    this.#grow = memory.grow.bind(memory);
    memory.grow = (pages) => this.#attempt(pages);
  }

  /**
   * Grows to the cap, where emscripten's tightest step would pass it: that one fails also where only
   * what is needed would fit. @returns whether it grew
   */
  takeRest(): boolean {
    const bytes = this.#memory.buffer.byteLength;
    const left = Math.floor((this.#capBytes - bytes) / PAGE_BYTES);
    if (left <= 0 || left >= pagesIn(bytes, TIGHTEST_STEP)) return false;
    this.#grow(left);
    return true;
  }

  /**
   * Runs `work` and lets nothing grow meanwhile.
   * @returns the least bytes that were asked for, infinite where none were
   */
  refuse(work: () => void): number {
    this.#leastPages = Number.POSITIVE_INFINITY;
    try {
      work();
      return this.#leastPages * PAGE_BYTES;
    } finally {
      this.#leastPages = null;
    }
  }

  #attempt(pages: number): number {
    const bytes = this.#memory.buffer.byteLength;
    if (this.#leastPages !== null) {
      this.#leastPages = Math.min(this.#leastPages, pages);
      throw new RangeError('The wasm heap is only being measured.');
    }
    if (bytes + pages * PAGE_BYTES > this.#capBytes) {
      throw new RangeError('The wasm heap is at its cap.');
    }
    const loose = LOOSE_STEPS.some((step) => pages === pagesIn(bytes, step));
    // An attempt repeated unchanged is what is really needed, and only looks like a loose one.
    if (loose && pages !== this.#loose) {
      this.#loose = pages;
      throw new RangeError('Ask for less.');
    }
    this.#loose = 0;
    return this.#grow(pages);
  }
}

/** How many pages a step grows a memory by. */
function pagesIn(bytes: number, step: number): number {
  return Math.ceil((bytes * (1 + step)) / PAGE_BYTES) - Math.ceil(bytes / PAGE_BYTES);
}
