import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Miniflare } from 'miniflare';
import { sha256 } from '../contract/digest.ts';
import { type HeapPeaks, HeapPeaksSchema, type OpenTensor } from '../contract/form.ts';
import { ExportError } from '../format/export-error.ts';
import type { ClassifierShape, ExportedForm } from '../format/exported-graph.ts';
import { DATA_TYPE } from '../graph/graph.ts';
import { type KeptMeasurements, sizesOf } from '../measurement/kept-measurements.ts';
import { loadMiniflare } from '../workerd/load-miniflare.ts';

const RUNTIME = 'onnxruntime-web/ort-wasm-simd-threaded';
/** Before workerd had a `process`, which emscripten's glue would take for Node's. */
const COMPATIBILITY_DATE = '2025-01-01';

/** Bytes of heaps after which workerd is started anew: it frees those of earlier measurements late. */
const RESTART_AFTER = 100e6;

/**
 * Measures how large the wasm heap becomes when workerd loads a form and classifies a picture, which is
 * how the edge takes them, one at a time: once in a new instance, and once more while the first goes on to serve, as beside a parent. The parent's form
 * is stood in for by the form itself: versions of one architecture have tensors of the same sizes. Figures
 * depend on sizes alone, so that forms of the same are measured once. workerd starts at the first
 * measurement and runs until `dispose`.
 */
export class HeapMeter {
  readonly #known = new Map<string, HeapPeaks>();
  readonly #kept: KeptMeasurements | null;
  #worker: Promise<Miniflare> | null = null;
  #used = 0;

  /** @param kept where figures of other processes are found and kept */
  constructor(kept: KeptMeasurements | null = null) {
    this.#kept = kept;
  }

  /** @throws ExportError HEAP_UNMEASURED */
  async measure(form: ExportedForm, shape: ClassifierShape): Promise<HeapPeaks> {
    const key = ['heap', ...sizesOf(form, shape)];
    const name = JSON.stringify(key);
    const measure = () => this.#measure(form, shape);
    const peaks =
      this.#known.get(name) ??
      (await (this.#kept?.measured(key, HeapPeaksSchema, measure) ?? measure()));
    this.#known.set(name, peaks);
    return peaks;
  }

  async #measure(form: ExportedForm, shape: ClassifierShape): Promise<HeapPeaks> {
    if (this.#used > RESTART_AFTER) await this.dispose();
    try {
      this.#worker ??= startWorker();
      const worker = await this.#worker;
      const { graph, weights } = form;
      const response = await worker.dispatchFetch('http://heap.invalid/', {
        method: 'POST',
        headers: { measurement: JSON.stringify(await measurementOf(form, shape)) },
        body: weights ? Buffer.concat([graph.bytes, weights]) : graph.bytes,
      });
      if (!response.ok) throw new Error(await response.text());
      const { alone, beside } = (await response.json()) as { alone: number; beside: number };
      this.#used += beside;
      return { alone, besideParent: beside };
    } catch (cause) {
      throw new ExportError(
        'HEAP_UNMEASURED',
        `The heap that ${form.precision}:${form.storage} takes cannot be measured in workerd: ${(cause as Error).message.split('\n')[0]}.`,
        { cause },
      );
    }
  }

  async dispose(): Promise<void> {
    const worker = await this.#worker?.catch(() => null);
    this.#worker = null;
    this.#used = 0;
    await worker?.dispose();
  }
}

async function startWorker(): Promise<Miniflare> {
  const require = createRequire(import.meta.url);
  const { convertV4MiniflareOptions, Miniflare } = loadMiniflare();
  const read = (path: string) => readFile(path);
  return new Miniflare(
    convertV4MiniflareOptions({
      compatibilityDate: COMPATIBILITY_DATE,
      modules: [
        {
          type: 'ESModule',
          path: 'worker.js',
          contents: await read(fileURLToPath(new URL('measuring-worker.js', import.meta.url))),
        },
        {
          type: 'ESModule',
          path: 'onnxruntime.mjs',
          contents: await read(require.resolve(`${RUNTIME}.mjs`)),
        },
        {
          type: 'CompiledWasm',
          path: 'onnxruntime.wasm',
          contents: await read(require.resolve(`${RUNTIME}.wasm`)),
        },
      ],
    }),
  );
}

async function measurementOf(form: ExportedForm, { height, width }: ClassifierShape) {
  const { graph, weights, storage, tensors } = form;
  return {
    input: graph.input,
    output: graph.output,
    dims: [1, 3, height, width],
    graphBytes: graph.bytes.length,
    inPlace: graph.format === 'ort',
    externalPath: storage === 'onnx-external' ? await sha256(weights!) : null,
    tensors: tensors.map((each: OpenTensor) => ({ ...each, type: DATA_TYPE[each.type] })),
  };
}
