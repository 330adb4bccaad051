import type { OrtModule } from './c-api.ts';
import { RuntimeError } from './runtime-error.ts';

/** The linear memory of one wasm instance. */
export class Heap {
  readonly capBytes: number;
  readonly #module: OrtModule;
  readonly #memory: WebAssembly.Memory;
  readonly #growToCap: () => boolean;

  constructor(
    module: OrtModule,
    memory: WebAssembly.Memory,
    capBytes: number,
    growToCap: () => boolean,
  ) {
    this.#module = module;
    this.#memory = memory;
    this.#growToCap = growToCap;
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
    return pointer === 0 && this.#growToCap() ? this.#module._malloc(bytes) : pointer;
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
