import { parentPort } from 'node:worker_threads';
import type { InferenceSession } from 'onnxruntime-node';
import type { Floats, OpenGraph } from './open-graph.ts';
import { openSession } from './session-graph.ts';

/** What the thread is asked to do. A graph is named by the number that opening it gave. */
export type WasmCommand =
  | { readonly command: 'load' }
  | {
      readonly command: 'open';
      readonly bytes: Uint8Array;
      readonly options: InferenceSession.SessionOptions;
    }
  | {
      readonly command: 'run';
      readonly graph: number;
      readonly feeds: Readonly<Record<string, Floats>>;
    }
  | { readonly command: 'release'; readonly graph: number };

export interface WasmRequest {
  readonly id: number;
  readonly command: WasmCommand;
}

/** The ports of a graph that was opened. */
export interface WasmPorts extends Pick<OpenGraph, 'inputs' | 'outputs'> {
  readonly graph: number;
}

export interface WasmAnswer {
  readonly id: number;
  readonly value: unknown;
  /** The message of the error that came instead. */
  readonly error: string | null;
}

const graphs = new Map<number, OpenGraph>();
let opened = 0;

/** Run as a worker thread: WebAssembly computes beside the thread that asks. */
if (parentPort) {
  const port = parentPort;
  let last = Promise.resolve();
  port.on('message', ({ id, command }: WasmRequest) => {
    last = last.then(async () => {
      try {
        const value = await carryOut(command);
        port.postMessage({ id, value, error: null } satisfies WasmAnswer);
      } catch (error) {
        const { message } = error as Error;
        port.postMessage({ id, value: null, error: message } satisfies WasmAnswer);
      }
    });
  });
}

async function carryOut(command: WasmCommand): Promise<unknown> {
  switch (command.command) {
    case 'load':
      await load();
      return null;
    case 'open': {
      const open = await openSession(await load(), command.bytes, command.options);
      graphs.set(++opened, open);
      const { inputs, outputs } = open;
      return { graph: opened, inputs, outputs } satisfies WasmPorts;
    }
    case 'run':
      return graphs.get(command.graph)!.run(command.feeds);
    case 'release':
      await graphs.get(command.graph)!.release();
      graphs.delete(command.graph);
      return null;
  }
}

async function load() {
  const runtime = await import('onnxruntime-web');
  runtime.env.wasm.numThreads = 1;
  return runtime;
}
