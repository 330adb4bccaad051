import type { InferenceSession, TensorConstructor } from 'onnxruntime-node';
import { ExportError } from './export-error.ts';
import type { ClassifierShape, ExportedGraph } from './exported-graph.ts';

/** Keeps memory bounded, however many images are asked for. */
const BATCH = 64;
const ERRORS_ONLY = 3;

/** An exported graph open in onnxruntime-node. */
export class ClassifierSession {
  readonly shape: ClassifierShape;
  readonly #graph: ExportedGraph;
  readonly #session: InferenceSession;
  readonly #Tensor: TensorConstructor;

  private constructor(
    graph: ExportedGraph,
    shape: ClassifierShape,
    session: InferenceSession,
    Tensor: TensorConstructor,
  ) {
    this.#graph = graph;
    this.shape = shape;
    this.#session = session;
    this.#Tensor = Tensor;
  }

  /**
   * Opens a graph on the CPU, on one thread so that sums keep one order, and checks that it takes
   * [N,3,H,W] and gives [N,classes], float32 both, with N free.
   * @throws ExportError RUNTIME_MISSING, GRAPH_UNREADABLE or GRAPH_PORTS
   */
  static async open(graph: ExportedGraph, shape: ClassifierShape): Promise<ClassifierSession> {
    const { InferenceSession, Tensor } = await loadRuntime();
    const session = await InferenceSession.create(graph.bytes, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      logSeverityLevel: ERRORS_ONLY,
    }).catch((cause: Error) => {
      throw new ExportError(
        'GRAPH_UNREADABLE',
        `onnxruntime-node cannot load the graph (${graph.bytes.length} bytes): ${cause.message}`,
        { cause },
      );
    });
    try {
      checkPort('input', session.inputMetadata, graph.input, [3, shape.height, shape.width]);
      checkPort('output', session.outputMetadata, graph.output, [shape.classes]);
    } catch (error) {
      await session.release();
      throw error;
    }
    return new ClassifierSession(graph, shape, session, Tensor);
  }

  /**
   * Logits [count,classes] of images [count,3,H,W].
   * @throws ExportError REFERENCE_SHAPE when `images` is of another size, GRAPH_BATCH when the graph
   *   does not run on a batch
   */
  async logits(images: Float32Array, count: number): Promise<Float32Array> {
    const { height, width, classes } = this.shape;
    const stride = 3 * height * width;
    if (images.length !== count * stride) {
      throw new ExportError(
        'REFERENCE_SHAPE',
        `${count} images of [3,${height},${width}] have ${count * stride} values; got ${images.length}.`,
      );
    }
    const logits = new Float32Array(count * classes);
    for (let first = 0; first < count; first += BATCH) {
      const size = Math.min(BATCH, count - first);
      const batch = images.subarray(first * stride, (first + size) * stride);
      logits.set(await this.#run(batch, size), first * classes);
    }
    return logits;
  }

  release(): Promise<void> {
    return this.#session.release();
  }

  async #run(images: Float32Array, count: number): Promise<Float32Array> {
    const { height, width, classes } = this.shape;
    const input = new this.#Tensor('float32', images, [count, 3, height, width]);
    const outputs = await this.#session
      .run({ [this.#graph.input]: input })
      .catch((cause: Error) => {
        throw new ExportError(
          'GRAPH_BATCH',
          `The graph does not run on a batch of ${count}: ${cause.message}`,
          { cause },
        );
      });
    const { data, dims } = outputs[this.#graph.output]!;
    if (dims.join() !== `${count},${classes}`) {
      throw new ExportError(
        'GRAPH_BATCH',
        `A batch of ${count} gives logits of shape [${dims}], not [${count},${classes}].`,
      );
    }
    return data as Float32Array;
  }
}

async function loadRuntime(): Promise<typeof import('onnxruntime-node')> {
  try {
    return (await import('onnxruntime-node')).default;
  } catch (cause) {
    throw new ExportError(
      'RUNTIME_MISSING',
      `onnxruntime-node does not load here, so that no graph can be checked: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function checkPort(
  kind: 'input' | 'output',
  ports: readonly InferenceSession.ValueMetadata[],
  name: string,
  sizes: readonly number[],
): void {
  const port = ports[0];
  const fits =
    ports.length === 1 &&
    port?.isTensor === true &&
    port.name === name &&
    port.type === 'float32' &&
    typeof port.shape[0] === 'string' &&
    port.shape.slice(1).join() === sizes.join();
  if (fits) return;
  const found = ports
    .map((each) => (each.isTensor ? `"${each.name}": ${each.type} [${each.shape}]` : each.name))
    .join('; ');
  throw new ExportError(
    'GRAPH_PORTS',
    `The graph must have one ${kind}, "${name}": float32 [N,${sizes}] with N free; it has ${found || 'none'}.`,
  );
}
