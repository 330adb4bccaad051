const PAGE_BYTES = 65536;

/** The steps that emscripten tries before its tightest one, +5 %. */
const LOOSE_STEPS = [0.2, 0.1];

/**
 * Makes `memory` grow in tight steps and never past `capBytes`. Wasm memory never shrinks, and
 * emscripten grows by a fifth when asked for a byte; it retries smaller when growth fails, so failing
 * its loose attempts is how to make it frugal.
 * @returns grows it to its cap; false where it is there already. Emscripten's tightest step still asks
 *   for a twentieth too much, and fails where only what is needed would fit.
 */
export function boundGrowth(memory: WebAssembly.Memory, capBytes: number): () => boolean {
  const grow = memory.grow.bind(memory);
  let refused = 0;
  memory.grow = (pages: number): number => {
    const bytes = memory.buffer.byteLength;
    if (bytes + pages * PAGE_BYTES > capBytes) throw new RangeError('The wasm heap is at its cap.');
    const loose = LOOSE_STEPS.some(
      (step) => pages === pagesOf(bytes * (1 + step)) - pagesOf(bytes),
    );
    // An attempt repeated unchanged is what is really needed, and only looks like a loose one.
    if (loose && pages !== refused) {
      refused = pages;
      throw new RangeError('Ask for less.');
    }
    refused = 0;
    return grow(pages);
  };
  return () => {
    const left = Math.floor((capBytes - memory.buffer.byteLength) / PAGE_BYTES);
    if (left > 0) grow(left);
    return left > 0;
  };
}

function pagesOf(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES);
}
