import type { InferenceSession } from 'onnxruntime-node';
import { ExportError } from '../export-error.ts';
import { openNatively } from './native-graph.ts';
import { openInThread } from './wasm-graph.ts';

/**
 * `native` is onnxruntime-node: fast, and its last bits depend on the processor. `wasm` is
 * onnxruntime-web on one thread, as the edge runs it: the same bits on every machine, since
 * WebAssembly's arithmetic is IEEE 754's and one thread keeps one order.
 */
export type RuntimeName = 'native' | 'wasm';

/** An ONNX or ORT file, and its external data under the location that it names. */
export interface GraphFile {
  readonly bytes: Uint8Array;
  readonly external?: { readonly path: string; readonly data: Uint8Array } | null;
}

/** Elements with their shape. */
export interface Floats {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** A graph that is open. */
export interface OpenGraph {
  readonly inputs: readonly InferenceSession.ValueMetadata[];
  readonly outputs: readonly InferenceSession.ValueMetadata[];
  /** Computes every output from all inputs. */
  run(feeds: Readonly<Record<string, Floats>>): Promise<Record<string, Floats>>;
  release(): Promise<void>;
}

const ERRORS_ONLY = 3;
/** What onnxruntime takes for as many threads as there are cores. */
const ALL_THREADS = 0;
const RUNTIMES = {
  native: {
    name: 'onnxruntime-node',
    provider: 'cpu',
    threads: ALL_THREADS,
    open: openNatively,
  },
  wasm: { name: 'onnxruntime-web', provider: 'wasm', threads: 1, open: openInThread },
} as const;

/** Loads a runtime beside what goes on, so that opening the first graph need not wait for that. */
export function prepareRuntime(runtime: RuntimeName): void {
  // Opening a graph tells what fails.
  RUNTIMES[runtime].open().catch(() => {});
}

/**
 * Opens a graph: `wasm` on one thread, so that sums keep one order, and beside this one; `native` on all.
 * @throws ExportError RUNTIME_MISSING or GRAPH_UNREADABLE
 */
export async function openGraph(
  file: GraphFile,
  runtime: RuntimeName,
  options: InferenceSession.SessionOptions = {},
): Promise<OpenGraph> {
  const { name, provider, threads, open } = RUNTIMES[runtime];
  const { bytes, external } = file;
  const openSession = await open().catch((cause: Error) => {
    throw new ExportError(
      'RUNTIME_MISSING',
      `${name} does not load here, so that no graph can be checked: ${cause.message}`,
      { cause },
    );
  });
  return openSession(bytes, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    logSeverityLevel: ERRORS_ONLY,
    ...(external ? { externalData: [external] } : {}),
    ...options,
  }).catch((cause: Error) => {
    throw new ExportError(
      'GRAPH_UNREADABLE',
      `${name} cannot load the graph (${bytes.length} bytes): ${cause.message}`,
      { cause },
    );
  });
}
