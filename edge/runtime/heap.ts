import type { OrtModule } from './c-api.ts';
import type { Growth } from './growth.ts';
import { RuntimeError } from './runtime-error.ts';

/** What the allocator takes beside a block at most. */
const BLOCK_OVERHEAD_BYTES = 16;

/** The linear memory of one wasm instance. */
export class Heap {
  readonly capBytes: number;
  readonly #module: OrtModule;
  readonly #memory: WebAssembly.Memory;
  readonly #growth: Growth;

  constructor(module: OrtModule, memory: WebAssembly.Memory, capBytes: number, growth: Growth) {
    this.#module = module;
    this.#memory = memory;
    this.#growth = growth;
    this.capBytes = capBytes;
  }

  /** Size of the linear memory, used or not. It never falls. */
  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** @throws RuntimeError HEAP_FULL */
  allocate(bytes: number): number {
    const pointer = this.tryAllocate(bytes);
    if (pointer !== 0) return pointer;
    throw new RuntimeError(
      'HEAP_FULL',
      `The wasm heap has no ${bytes} bytes left below its cap of ${this.capBytes}; raise HEAP_CAP_MIB where the host allows, or serve a smaller artifact.`,
    );
  }

  /** @returns 0 where the heap has no room below its cap */
  tryAllocate(bytes: number): number {
    const pointer = this.#module._malloc(bytes);
    return pointer === 0 && this.#growth.takeRest() ? this.#module._malloc(bytes) : pointer;
  }

  /** Whether blocks of these sizes could all be had below the cap. Takes none, and does not grow. */
  fits(sizes: readonly number[]): boolean {
    if (sizes.some((bytes) => bytes > this.capBytes)) return false;
    const held: number[] = [];
    let beyond: number[] = [];
    this.#growth.refuse(() => {
      beyond = sizes.filter((bytes) => {
        const pointer = this.#module._malloc(bytes);
        if (pointer !== 0) held.push(pointer);
        return pointer === 0;
      });
    });
    const needed = beyond.reduce((sum, bytes) => sum + bytes + BLOCK_OVERHEAD_BYTES, 0);
    const fits = beyond.length === 0 || needed <= this.#roomAtEnd(Math.max(...beyond));
    for (const pointer of held) this.free(pointer);
    return fits;
  }

  /**
   * What can be had at the end of the heap by growing to the cap. Some of it is free already: as much as
   * a block asks for less growth than it has bytes. One larger than emscripten's steps asks for no more.
   * @param tooLarge bytes of a block that is not to be had without growing
   */
  #roomAtEnd(tooLarge: number): number {
    const bytes = tooLarge + this.bytes;
    const asked = this.#growth.refuse(() => this.#module._malloc(bytes));
    return bytes - asked + this.capBytes - this.bytes;
  }

  free(pointer: number): void {
    this.#module._free(pointer);
  }

  /** The bytes at `pointer`. Growth makes older views too short: take a view, use it, forget it. */
  bytesAt(pointer: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, pointer, length);
  }

  wordsAt(pointer: number, count: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, pointer, count);
  }

  floatsAt(pointer: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, pointer, count);
  }

  /** Copies `text` into the heap, NUL-terminated. The caller frees it. */
  allocateText(text: string): number {
    const capacity = this.#module.lengthBytesUTF8(text) + 1;
    const pointer = this.allocate(capacity);
    this.#module.stringToUTF8(text, pointer, capacity);
    return pointer;
  }
}
