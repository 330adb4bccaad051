import type { Graph } from '../../../graph/graph.ts';
import { serialiseGraph } from '../../../graph/serialise-graph.ts';
import { type Floats, type OpenGraph, openGraph } from '../../runtime/open-graph.ts';
import { byteNodes } from './byte-nodes.ts';

/** What a value was seen to be on calibration pictures. */
export interface Observed {
  readonly least: number;
  readonly largest: number;
  /** Counts of elements in equal bins from `least` to `largest`. */
  readonly histogram: Float64Array;
  /** [C], the mean of each channel. */
  readonly means: Float64Array;
}

/** A value of one batch: [N,C,H,W]. */
type Batch = Floats;

/** Images at once: all values of a batch are in memory. */
const BATCH = 8;
/** Of values that stay in memory from the first pass to the second; the others are computed twice. */
const KEPT_BYTES = 512e6;
const BINS = 4096;

/**
 * What each of the values that byte nodes take is on images [count,3,H,W], in float32 as WebAssembly computes
 * it, so that the same images give the same figures on every machine.
 * @throws ExportError RUNTIME_MISSING or GRAPH_UNREADABLE
 */
export async function observeActivations(
  graph: Graph,
  images: Float32Array,
  count: number,
): Promise<ReadonlyMap<string, Observed>> {
  const { values } = byteNodes(graph);
  const open = await openGraph({ bytes: observable(graph, values) }, 'wasm', {
    graphOptimizationLevel: 'disabled',
  });
  try {
    const batches = new Batches(open, graph, images, count);
    const ranges = new Map([...values].map((name) => [name, { least: 0, largest: 0 }]));
    await batches.pass((name, { data }) => {
      const range = ranges.get(name)!;
      for (const value of data) {
        if (value < range.least) range.least = value;
        if (value > range.largest) range.largest = value;
      }
    });
    const collected = new Map([...ranges].map(([name, range]) => [name, new Collected(range)]));
    await batches.pass((name, batch) => collected.get(name)!.add(batch));
    return new Map([...collected].map(([name, each]) => [name, each.observed]));
  } finally {
    await open.release();
  }
}

/** The file of a graph whose outputs are values inside it. */
function observable(graph: Graph, values: ReadonlySet<string>): Uint8Array {
  const outputs = [...values].map((name) => ({
    name,
    type: 'float32' as const,
    shape: ['N', 'C', 'H', 'W'],
  }));
  return serialiseGraph({ ...graph, outputs });
}

/** The values of a graph on images, batch after batch, as often as they are asked for. */
class Batches {
  readonly #open: OpenGraph;
  readonly #graph: Graph;
  readonly #images: Float32Array;
  readonly #count: number;
  readonly #kept = new Map<number, readonly (readonly [string, Batch])[]>();
  #keptBytes = 0;

  constructor(open: OpenGraph, graph: Graph, images: Float32Array, count: number) {
    this.#open = open;
    this.#graph = graph;
    this.#images = images;
    this.#count = count;
  }

  async pass(see: (name: string, batch: Batch) => void): Promise<void> {
    for (let first = 0; first < this.#count; first += BATCH) {
      const values = this.#kept.get(first) ?? (await this.#compute(first));
      for (const [name, batch] of values) see(name, batch);
    }
  }

  async #compute(first: number): Promise<readonly (readonly [string, Batch])[]> {
    const [input] = this.#graph.inputs;
    const size = this.#images.length / this.#count;
    const taken = Math.min(BATCH, this.#count - first);
    const data = this.#images.slice(first * size, (first + taken) * size);
    const dims = [taken, ...(input!.shape.slice(1) as number[])];
    const values = Object.entries(await this.#open.run({ [input!.name]: { data, dims } }));
    const bytes = values.reduce((sum, [, each]) => sum + each.data.byteLength, 0);
    if (this.#keptBytes + bytes <= KEPT_BYTES) {
      this.#kept.set(first, values);
      this.#keptBytes += bytes;
    }
    return values;
  }
}

class Collected {
  readonly #least: number;
  readonly #largest: number;
  readonly #histogram = new Float64Array(BINS);
  #sums = new Float64Array(0);
  #perChannel = 0;

  constructor({ least, largest }: { least: number; largest: number }) {
    this.#least = least;
    this.#largest = largest;
  }

  add({ data, dims }: Batch): void {
    const [count, channels, height, width] = dims as [number, number, number, number];
    if (this.#sums.length === 0) this.#sums = new Float64Array(channels);
    const bins = BINS / (this.#largest - this.#least || 1);
    for (let row = 0; row < count * channels; row++) {
      let sum = 0;
      for (let index = row * height * width; index < (row + 1) * height * width; index++) {
        const value = data[index]!;
        this.#histogram[Math.min(BINS - 1, Math.floor((value - this.#least) * bins))]! += 1;
        sum += value;
      }
      this.#sums[row % channels]! += sum;
    }
    this.#perChannel += count * height * width;
  }

  get observed(): Observed {
    return {
      least: this.#least,
      largest: this.#largest,
      histogram: this.#histogram,
      means: this.#sums.map((sum) => sum / this.#perChannel),
    };
  }
}
