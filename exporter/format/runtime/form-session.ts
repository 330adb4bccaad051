import type { InferenceSession } from 'onnxruntime-node';
import { sha256 } from '../../contract/digest.ts';
import { ExportError } from '../export-error.ts';
import type { ClassifierShape, ExportedForm } from '../exported-graph.ts';
import { unpackTensor } from '../storage/open-stage.ts';
import { type Floats, type OpenGraph, openGraph, type RuntimeName } from './open-graph.ts';

/** Keeps memory bounded, however many images are asked for. */
const BATCH = 64;

/** A form open in a runtime, with all the weights that it takes. */
export class FormSession {
  readonly shape: ClassifierShape;
  readonly #form: ExportedForm;
  readonly #open: OpenGraph;
  readonly #weights: Readonly<Record<string, Floats>>;

  private constructor(form: ExportedForm, shape: ClassifierShape, open: OpenGraph) {
    this.#form = form;
    this.shape = shape;
    this.#open = open;
    this.#weights = Object.fromEntries(
      form.tensors.map((each) => {
        const data = unpackTensor(form.weights!, each);
        return [each.name, { data, dims: each.dims }];
      }),
    );
  }

  /**
   * Opens a form and checks that it takes [N,3,H,W] and the open stage's weights, and gives [N,classes],
   * with N free.
   * @throws ExportError RUNTIME_MISSING, GRAPH_UNREADABLE or GRAPH_PORTS
   */
  static async open(
    form: ExportedForm,
    shape: ClassifierShape,
    runtime: RuntimeName,
  ): Promise<FormSession> {
    const { graph, storage, weights } = form;
    const external =
      storage === 'onnx-external' ? { path: await sha256(weights!), data: weights! } : null;
    const open = await openGraph({ bytes: graph.bytes, external }, runtime);
    try {
      const { height, width, classes } = shape;
      checkPorts('input', open.inputs, [
        { name: graph.input, shape: ['N', 3, height, width] },
        ...form.tensors.map(({ name, dims }) => ({ name, shape: dims })),
      ]);
      checkPorts('output', open.outputs, [{ name: graph.output, shape: ['N', classes] }]);
    } catch (error) {
      await open.release();
      throw error;
    }
    return new FormSession(form, shape, open);
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
    return this.#open.release();
  }

  async #run(images: Float32Array, count: number): Promise<Float32Array> {
    const { height, width, classes } = this.shape;
    const { input, output } = this.#form.graph;
    const feeds = {
      ...this.#weights,
      [input]: { data: images, dims: [count, 3, height, width] },
    };
    const outputs = await this.#open.run(feeds).catch((cause: Error) => {
      throw new ExportError(
        'GRAPH_BATCH',
        `The graph does not run on a batch of ${count}: ${cause.message}`,
        { cause },
      );
    });
    const { data, dims } = outputs[output]!;
    if (dims.join() !== `${count},${classes}`) {
      throw new ExportError(
        'GRAPH_BATCH',
        `A batch of ${count} gives logits of shape [${dims}], not [${count},${classes}].`,
      );
    }
    return data;
  }
}

/** Opens a form for as long as `use` takes. */
export async function withSession<T>(
  form: ExportedForm,
  shape: ClassifierShape,
  runtime: RuntimeName,
  use: (session: FormSession) => Promise<T>,
): Promise<T> {
  const session = await FormSession.open(form, shape, runtime);
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}

interface Port {
  readonly name: string;
  /** A letter stands for a free dimension. */
  readonly shape: readonly (number | string)[];
}

function checkPorts(
  kind: 'input' | 'output',
  ports: readonly InferenceSession.ValueMetadata[],
  expected: readonly Port[],
): void {
  const found = ports.map((port) =>
    port.isTensor
      ? describePort(port.type, {
          name: port.name,
          shape: port.shape.map((size) => (typeof size === 'number' ? size : 'N')),
        })
      : port.name,
  );
  const wanted = expected.map((port) => describePort('float32', port));
  if (found.toSorted().join() === wanted.toSorted().join()) return;
  throw new ExportError(
    'GRAPH_PORTS',
    `The graph must have the ${kind} ${wanted.join('; ')}, with N free; it has ${found.join('; ') || 'none'}.`,
  );
}

function describePort(type: string, { name, shape }: Port): string {
  return `"${name}": ${type} [${shape}]`;
}
