import {
  ELEMENT_TYPES,
  type ExternalData,
  IN_PLACE,
  LOG_SEVERITY_ERROR,
  OPTIMIZE_ALL,
  OPTIMIZE_NOTHING,
  POINTER_BYTES,
} from './c-api.ts';
import { checkSignature, type GraphSignature } from './graph-signature.ts';
import type { OrtInstance } from './instance.ts';
import type { OpenTensors } from './open-tensors.ts';
import type { Slot } from './slots.ts';
import { createTensor } from './tensor.ts';

const FLOAT_BYTES = 4;

/** How the bytes of a graph are to be opened. */
export interface GraphSource {
  /** Whether the session uses the bytes where they lie, and they must outlive it; else it copies them. */
  readonly inPlace: boolean;
  /** Whether it was optimised when it was made, which then is not done again as it is opened. */
  readonly optimised: boolean;
  /** External data that the graph refers to by a path; copied. */
  readonly external: { readonly path: string; readonly slot: Slot } | null;
}

/**
 * A graph open in a wasm instance: pictures in, logits out. `run` is synchronous, so that whoever takes
 * a session and runs it without awaiting in between gets an answer of that session alone.
 */
export class Session {
  readonly signature: GraphSignature;
  readonly #instance: OrtInstance;
  readonly #handle: number;
  readonly #names: readonly [input: number, output: number];
  #open = true;

  private constructor(instance: OrtInstance, handle: number, signature: GraphSignature) {
    this.signature = signature;
    this.#instance = instance;
    this.#handle = handle;
    this.#names = [
      instance.heap.allocateText(signature.input),
      instance.heap.allocateText(signature.output),
    ];
  }

  /**
   * Opens the ONNX file or onnxruntime flatbuffer in `graph`.
   * @throws RuntimeError GRAPH_REFUSED where it is no graph of this signature; INSTANCE_LOST or INSTANCE_GONE
   */
  static open(
    instance: OrtInstance,
    graph: Slot,
    signature: GraphSignature,
    source: GraphSource = { inPlace: false, optimised: false, external: null },
  ): Session {
    const { module } = instance;
    const { external } = source;
    return instance.guard(() => {
      const options = createOptions(instance, source);
      if (external) module.mountExternalData(external.path, dataIn(instance, external.slot));
      const handle = module._OrtCreateSession(graph.pointer, graph.bytes, options);
      if (external) module.unmountExternalData();
      module._OrtReleaseSessionOptions(options);
      instance.check(handle !== 0, 'GRAPH_REFUSED', 'Opening the graph');
      try {
        checkSignature(instance, handle, signature);
        return new Session(instance, handle, signature);
      } catch (error) {
        module._OrtReleaseSession(handle);
        throw error;
      }
    });
  }

  /**
   * @param pictures `count` normalised pictures, [N,3,H,W]
   * @param weights what the graph's open inputs are filled from, where it has any
   * @returns logits [N,classes], a copy of its own
   * @throws RuntimeError HEAP_FULL, RUN_FAILED, INSTANCE_LOST or INSTANCE_GONE
   */
  run(pictures: Float32Array, count: number, weights: OpenTensors | null = null): Float32Array {
    const { height, width, classes } = this.signature;
    const inputs = count * 3 * height * width;
    if (pictures.length !== inputs || !this.#open) {
      throw new TypeError(`Expected ${inputs} values in an open session, not ${pictures.length}.`);
    }
    const { heap } = this.#instance;
    return this.#instance.guard(() => {
      const buffer = heap.allocate((inputs + count * classes) * FLOAT_BYTES);
      const logits = buffer + inputs * FLOAT_BYTES;
      try {
        heap.floatsAt(buffer, inputs).set(pictures);
        this.#runInPlace(buffer, [count, 3, height, width], logits, [count, classes], weights);
        return heap.floatsAt(logits, count * classes).slice();
      } finally {
        heap.free(buffer);
      }
    });
  }

  /** Frees the session. Calling it again does nothing. */
  release(): void {
    if (!this.#open || this.#instance.lost) return;
    this.#open = false;
    this.#instance.guard(() => {
      this.#instance.module._OrtReleaseSession(this.#handle);
      for (const name of this.#names) this.#instance.heap.free(name);
    });
  }

  #runInPlace(
    input: number,
    inputDims: readonly number[],
    output: number,
    outputDims: readonly number[],
    weights: OpenTensors | null,
  ): void {
    const { module, heap } = this.#instance;
    const [inputName, outputName] = this.#names;
    const source = createTensor(this.#instance, ELEMENT_TYPES.float32, input, inputDims);
    try {
      const target = createTensor(this.#instance, ELEMENT_TYPES.float32, output, outputDims);
      const names = [inputName, ...(weights?.names ?? [])];
      const values = [source, ...(weights?.handles ?? [])];
      const slots = [...names, ...values, outputName, target];
      const at = module.stackAlloc(slots.length * POINTER_BYTES);
      heap.wordsAt(at, slots.length).set(slots);
      const valuesAt = at + names.length * POINTER_BYTES;
      const outputAt = valuesAt + values.length * POINTER_BYTES;
      const status = module._OrtRun(
        this.#handle,
        at,
        valuesAt,
        names.length,
        outputAt,
        1,
        outputAt + POINTER_BYTES,
        0,
      );
      try {
        this.#instance.check(status === 0, 'RUN_FAILED', 'Running the graph');
      } finally {
        module._OrtReleaseTensor(target);
      }
    } finally {
      module._OrtReleaseTensor(source);
    }
  }
}

function createOptions(instance: OrtInstance, { inPlace, optimised }: GraphSource): number {
  const { module, heap } = instance;
  const options = module._OrtCreateSessionOptions(
    optimised ? OPTIMIZE_NOTHING : OPTIMIZE_ALL,
    true,
    true,
    0,
    false,
    0,
    0,
    LOG_SEVERITY_ERROR,
    0,
    0,
  );
  instance.check(options !== 0, 'GRAPH_REFUSED', 'Setting the session options');
  for (const option of inPlace ? IN_PLACE : []) {
    const [key, on] = [heap.allocateText(option), heap.allocateText('1')];
    const set = module._OrtAddSessionConfigEntry(options, key, on) === 0;
    heap.free(key);
    heap.free(on);
    instance.check(set, 'GRAPH_REFUSED', 'Setting the session options');
  }
  return options;
}

/** A part in the heap as external data: every read takes a view anew, since the heap may grow. */
function dataIn({ heap }: OrtInstance, { pointer, bytes }: Slot): ExternalData {
  return {
    byteLength: bytes,
    subarray: (from, to) => heap.bytesAt(pointer + from, to - from),
  };
}
