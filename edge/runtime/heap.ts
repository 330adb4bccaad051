import type { OrtModule } from './c-api.ts';
import { RuntimeError } from './runtime-error.ts';

/** The linear memory of one wasm instance, with a count of what is known to be in use. */
export class Heap {
  readonly capBytes: number;
  readonly #module: OrtModule;
  readonly #memory: WebAssembly.Memory;
  #residents = 0;

  constructor(module: OrtModule, memory: WebAssembly.Memory, capBytes: number) {
    this.#module = module;
    this.#memory = memory;
    this.capBytes = capBytes;
  }

  /** Size of the linear memory, used or not. It never falls. */
  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** @throws RuntimeError HEAP_FULL */
  allocate(bytes: number): number {
    const pointer = this.#module._malloc(bytes);
    if (pointer !== 0) return pointer;
    throw new RuntimeError(
      'HEAP_FULL',
      `The wasm heap has no ${bytes} bytes left below its cap of ${this.capBytes}; raise HEAP_CAP_MIB where the host allows, or serve a smaller artifact.`,
    );
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

  /** Counts `bytes` as in use until the returned function is called. */
  hold(bytes: number): () => void {
    this.#residents += bytes;
    let held = true;
    return () => {
      if (held) this.#residents -= bytes;
      held = false;
    };
  }

  /** Bytes that may still be asked for before the cap, by what is known to be in use. */
  get headroom(): number {
    return this.capBytes - this.#residents;
  }
}
