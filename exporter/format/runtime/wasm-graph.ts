import { Worker } from 'node:worker_threads';
import type { Floats } from './open-graph.ts';
import type { OpenSession } from './session-graph.ts';
import type { WasmAnswer, WasmCommand, WasmPorts, WasmRequest } from './wasm-thread.ts';

/** What opens graphs in onnxruntime-web, in a thread that all of this process share. */
export async function openInThread(): Promise<OpenSession> {
  thread ??= new WasmThread();
  const { ask } = thread;
  await ask({ command: 'load' });
  return async (bytes, options) => {
    const { graph, inputs, outputs } = await ask<WasmPorts>({ command: 'open', bytes, options });
    return {
      inputs,
      outputs,
      run: (feeds) => ask({ command: 'run', graph, feeds: whole(feeds) }),
      release: () => ask({ command: 'release', graph }),
    };
  };
}

/** Of an array that shares its memory, a thread would be sent all of it. */
function whole(feeds: Readonly<Record<string, Floats>>): Record<string, Floats> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { data, dims }]): [string, Floats] => [
      name,
      { data: data.byteLength < data.buffer.byteLength ? data.slice() : data, dims },
    ]),
  );
}

let thread: WasmThread | null = null;

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** The thread, as those who ask see it: it does what it is asked for in that order. */
class WasmThread {
  #worker = new Worker(new URL('./wasm-thread.ts', import.meta.url));
  #pending = new Map<number, Pending>();
  #asked = 0;

  constructor() {
    this.#worker.on('message', ({ id, value, error }: WasmAnswer) => {
      const { resolve, reject } = this.#pending.get(id)!;
      this.#settled(id);
      if (error === null) resolve(value as never);
      else reject(new Error(error));
    });
    this.#worker.on('error', (error) => {
      thread = null;
      for (const [id, { reject }] of this.#pending) {
        this.#settled(id);
        reject(error);
      }
    });
    // The process may end where nobody waits for an answer.
    this.#worker.unref();
  }

  readonly ask = <Value = void>(command: WasmCommand): Promise<Value> =>
    new Promise((resolve, reject) => {
      const id = this.#asked++;
      this.#pending.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, command } satisfies WasmRequest);
    });

  #settled(id: number): void {
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#worker.unref();
  }
}
