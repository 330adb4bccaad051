import {
  ELEMENT_FLOAT32,
  LOCATION_CPU,
  LOG_SEVERITY_ERROR,
  OPTIMIZE_ALL,
  POINTER_BYTES,
} from './c-api.ts';
import { checkSignature, type GraphSignature } from './graph-signature.ts';
import type { OrtInstance } from './instance.ts';

const FLOAT_BYTES = 4;

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
   * Opens the ONNX file at `model` in the heap. The bytes are copied: the caller frees them.
   * @throws RuntimeError GRAPH_REFUSED where it is no graph of this signature; INSTANCE_LOST
   */
  static open(
    instance: OrtInstance,
    model: number,
    modelBytes: number,
    signature: GraphSignature,
  ): Session {
    const { module } = instance;
    return instance.guard(() => {
      const options = module._OrtCreateSessionOptions(
        OPTIMIZE_ALL,
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
      const handle = module._OrtCreateSession(model, modelBytes, options);
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
   * @returns logits [N,classes], a copy of its own
   * @throws RuntimeError HEAP_FULL, RUN_FAILED or INSTANCE_LOST
   */
  run(pictures: Float32Array, count: number): Float32Array {
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
        this.#runInPlace(buffer, [count, 3, height, width], logits, [count, classes]);
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
  ): void {
    const { module, heap } = this.#instance;
    const [inputName, outputName] = this.#names;
    const source = this.#borrow(input, inputDims);
    try {
      const target = this.#borrow(output, outputDims);
      const slots = module.stackAlloc(4 * POINTER_BYTES);
      heap.wordsAt(slots, 4).set([inputName, source, outputName, target]);
      const [names, values, outputNames, outputs] = [0, 1, 2, 3].map(
        (slot) => slots + slot * POINTER_BYTES,
      ) as [number, number, number, number];
      const status = module._OrtRun(this.#handle, names, values, 1, outputNames, 1, outputs, 0);
      try {
        this.#instance.check(status === 0, 'RUN_FAILED', 'Running the graph');
      } finally {
        module._OrtReleaseTensor(target);
      }
    } finally {
      module._OrtReleaseTensor(source);
    }
  }

  /** A tensor over heap bytes that stay ours. */
  #borrow(data: number, dims: readonly number[]): number {
    const { module, heap } = this.#instance;
    const shape = module.stackAlloc(dims.length * POINTER_BYTES);
    heap.wordsAt(shape, dims.length).set(dims);
    const bytes = dims.reduce((product, dim) => product * dim, FLOAT_BYTES);
    const tensor = module._OrtCreateTensor(
      ELEMENT_FLOAT32,
      data,
      bytes,
      shape,
      dims.length,
      LOCATION_CPU,
    );
    this.#instance.check(tensor !== 0, 'RUN_FAILED', 'Making a tensor');
    return tensor;
  }
}
