import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Growth } from '../../../edge/runtime/growth.ts';

const PAGE = 65536;

/** A memory that only counts its pages. */
function countingMemory(pages: number): WebAssembly.Memory {
  const memory = {
    buffer: { byteLength: pages * PAGE },
    grow(more: number) {
      memory.buffer = { byteLength: memory.buffer.byteLength + more * PAGE };
      return 0;
    },
  };
  return memory as unknown as WebAssembly.Memory;
}

/** How emscripten 4 answers a request for `requested` bytes: three attempts, each half as generous. */
function emscriptenResize(memory: WebAssembly.Memory, requested: number): boolean {
  for (const generosity of [0.2, 0.1, 0.05]) {
    const bytes = memory.buffer.byteLength;
    const wanted = Math.max(
      requested,
      Math.min(bytes * (1 + generosity), requested + 96 * 2 ** 20),
    );
    const pages = Math.trunc((Math.ceil(wanted / PAGE) * PAGE - bytes + PAGE - 1) / PAGE);
    try {
      memory.grow(pages);
      return true;
    } catch {}
  }
  return false;
}

describe('heap growth', () => {
  const start = fc.integer({ min: 256, max: 1500 });
  const requests = fc.array(fc.integer({ min: 1, max: 200 * PAGE }), { maxLength: 20 });

  it('gives what is asked for, and no more than a twentieth beyond', () => {
    fc.assert(
      fc.property(start, requests, (pages, asked) => {
        const memory = countingMemory(pages);
        new Growth(memory, 2 ** 31);
        for (const more of asked) {
          const before = memory.buffer.byteLength;
          expect(emscriptenResize(memory, before + more)).toBe(true);
          const after = memory.buffer.byteLength;
          expect(after).toBeGreaterThanOrEqual(before + more);
          expect(after).toBeLessThanOrEqual(Math.max(before + more, before * 1.05) + PAGE);
        }
      }),
    );
  });

  it('never passes its cap, and gives what stays a twentieth below it', () => {
    fc.assert(
      fc.property(start, requests, (pages, asked) => {
        const memory = countingMemory(pages);
        const cap = (pages + 100) * PAGE;
        new Growth(memory, cap);
        for (const more of asked) {
          const before = memory.buffer.byteLength;
          const granted = emscriptenResize(memory, before + more);
          expect(memory.buffer.byteLength).toBeLessThanOrEqual(cap);
          if (granted) expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(before + more);
          if (before + more > cap) expect(granted).toBe(false);
          if (Math.max(before + more, before * 1.05) + PAGE <= cap) expect(granted).toBe(true);
        }
      }),
    );
  });

  it('gives all that is left below its cap where that is needed, and nothing where it is too little', () => {
    fc.assert(
      fc.property(start, requests, (pages, asked) => {
        const memory = countingMemory(pages);
        const cap = (pages + 100) * PAGE;
        const growth = new Growth(memory, cap);
        for (const more of asked) {
          const before = memory.buffer.byteLength;
          const granted =
            emscriptenResize(memory, before + more) ||
            (growth.takeRest() && memory.buffer.byteLength >= before + more);
          expect(granted).toBe(before + more <= cap);
          if (before * 1.05 < cap - PAGE && !granted) expect(memory.buffer.byteLength).toBe(before);
        }
      }),
    );
  });

  it('says what is asked for while it gives nothing', () => {
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 200 * PAGE }), (pages, more) => {
        const memory = countingMemory(pages);
        const growth = new Growth(memory, 2 ** 31);
        const before = memory.buffer.byteLength;
        const asked = growth.refuse(() => emscriptenResize(memory, before + more));
        expect(memory.buffer.byteLength).toBe(before);
        expect(asked).toBeGreaterThanOrEqual(more);
        expect(asked).toBeLessThanOrEqual(Math.max(more, before * 0.05) + PAGE);
        expect(growth.refuse(() => {})).toBe(Number.POSITIVE_INFINITY);
        expect(emscriptenResize(memory, before + more)).toBe(true);
      }),
    );
  });
});
