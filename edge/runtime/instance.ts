import './hide-node.ts';
import factory from 'onnxruntime-web/ort-wasm-simd-threaded.mjs';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm';
import { LOG_SEVERITY_ERROR, type OrtImports, type OrtModule, POINTER_BYTES } from './c-api.ts';
import { Growth } from './growth.ts';
import { Heap } from './heap.ts';
import { RuntimeError } from './runtime-error.ts';
import { Slots } from './slots.ts';

/** One instantiation of onnxruntime: its functions, its heap, and whether it can still be trusted. */
export class OrtInstance {
  readonly module: OrtModule;
  readonly heap: Heap;
  readonly slots: Slots;
  #lost = false;

  private constructor(module: OrtModule, heap: Heap) {
    this.module = module;
    this.heap = heap;
    this.slots = new Slots(heap);
  }

  /**
   * Instantiates the statically imported module: workerd compiles nothing at run time.
   * @param heapCapBytes how large the linear memory may grow
   * @throws RuntimeError INSTANCE_LOST
   */
  static async create(heapCapBytes: number): Promise<OrtInstance> {
    let memory!: WebAssembly.Memory;
    let growth!: Growth;
    const module = await factory({
      numThreads: 1,
      locateFile: (file: string) => file,
      printErr: (line: string) => console.error(line),
      instantiateWasm: (imports: OrtImports, done: (instance: WebAssembly.Instance) => void) => {
        memory = imports.a.a;
        growth = new Growth(memory, heapCapBytes);
        const instance = new WebAssembly.Instance(wasm, imports);
        done(instance);
        return instance.exports;
      },
    });
    const heap = new Heap(module, memory, heapCapBytes, growth);
    const instance = new OrtInstance(module, heap);
    instance.check(module._OrtInit(1, LOG_SEVERITY_ERROR) === 0, 'INSTANCE_LOST', 'Starting');
    return instance;
  }

  get lost(): boolean {
    return this.#lost;
  }

  /**
   * Runs calls into the module. A trap or an exception that it lets through leaves its memory in an
   * unknown state.
   * @throws RuntimeError INSTANCE_LOST where the instance is lost by this, INSTANCE_GONE where it was before
   */
  guard<T>(calls: () => T): T {
    if (this.#lost) throw lost('is gone', 'INSTANCE_GONE');
    const stack = this.module.stackSave();
    try {
      return calls();
    } catch (error) {
      if (error instanceof RuntimeError) throw error;
      this.#lost = true;
      throw lost('trapped', 'INSTANCE_LOST', error);
    } finally {
      this.module.stackRestore(stack);
    }
  }

  /** Throws what the module says went wrong, unless `succeeded`. An allocation failure loses it. */
  check(
    succeeded: boolean,
    code: 'GRAPH_REFUSED' | 'RUN_FAILED' | 'INSTANCE_LOST',
    what: string,
  ): void {
    if (succeeded) return;
    const message = this.#lastError();
    if (message.includes('bad_alloc')) {
      this.#lost = true;
      throw lost('ran out of memory', 'INSTANCE_LOST');
    }
    throw new RuntimeError(code, `${what} failed in onnxruntime: ${message}`);
  }

  #lastError(): string {
    const at = this.module.stackAlloc(2 * POINTER_BYTES);
    this.module._OrtGetLastError(at, at + POINTER_BYTES);
    const message = this.heap.wordsAt(at, 2)[1] ?? 0;
    return message === 0 ? 'no reason given' : this.module.UTF8ToString(message);
  }
}

function lost(how: string, code: 'INSTANCE_LOST' | 'INSTANCE_GONE', cause?: unknown): RuntimeError {
  return new RuntimeError(code, `The onnxruntime instance ${how}; it has to be rebuilt.`, {
    cause,
  });
}
