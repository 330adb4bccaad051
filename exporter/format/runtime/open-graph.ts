import type { InferenceSession, TensorConstructor } from 'onnxruntime-node';
import { ExportError } from '../export-error.ts';

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

/** A graph that is open, and the tensors that its runtime takes. */
export interface OpenGraph {
  readonly session: InferenceSession;
  readonly Tensor: TensorConstructor;
}

interface Runtime {
  readonly InferenceSession: { create: typeof InferenceSession.create };
  readonly Tensor: TensorConstructor;
}

const ERRORS_ONLY = 3;
/** What onnxruntime takes for as many threads as there are cores. */
const ALL_THREADS = 0;
const RUNTIMES = {
  native: { name: 'onnxruntime-node', provider: 'cpu', threads: ALL_THREADS, load: loadNative },
  wasm: { name: 'onnxruntime-web', provider: 'wasm', threads: 1, load: loadWasm },
} as const;

/**
 * Opens a graph: `wasm` on one thread, so that sums keep one order, `native` on all.
 * @throws ExportError RUNTIME_MISSING or GRAPH_UNREADABLE
 */
export async function openGraph(
  { bytes, external }: GraphFile,
  runtime: RuntimeName,
  options: InferenceSession.SessionOptions = {},
): Promise<OpenGraph> {
  const { name, provider, threads } = RUNTIMES[runtime];
  const { InferenceSession, Tensor } = await loadRuntime(runtime);
  const session = await InferenceSession.create(bytes, {
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
  return { session, Tensor };
}

async function loadRuntime(runtime: RuntimeName): Promise<Runtime> {
  try {
    return await RUNTIMES[runtime].load();
  } catch (cause) {
    throw new ExportError(
      'RUNTIME_MISSING',
      `${RUNTIMES[runtime].name} does not load here, so that no graph can be checked: ${(cause as Error).message}`,
      { cause },
    );
  }
}

async function loadNative(): Promise<Runtime> {
  return (await import('onnxruntime-node')).default;
}

async function loadWasm(): Promise<Runtime> {
  const runtime = await import('onnxruntime-web');
  runtime.env.wasm.numThreads = 1;
  return runtime;
}
