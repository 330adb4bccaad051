import {
  type BackendValues,
  type backend_util,
  DataStorage,
  type DataType,
  engine,
  KernelBackend,
  type TensorInfo,
  type TypedArray,
} from '@tensorflow/tfjs';
import { GraphBuilder } from '../../../exporter/graph/graph-builder.ts';
import { EngineError } from '../engine-error.ts';
import { elementCount } from '../shape.ts';
import { type TracedValue, tracedValue } from './traced-value.ts';

export const TRACING_BACKEND = 'patchwork-onnx';

/** How a function becomes nodes. */
export interface TracingManner {
  /** Whether convolutions may become several nodes that are faster together than a Conv. */
  readonly fastConvolutions: boolean;
  /** Whether batch normalisation by the batch's statistics may be one node. */
  readonly normalisesInOneNode: boolean;
}

/**
 * A TensorFlow.js backend whose kernels append ONNX nodes instead of computing. Tensors hold
 * `TracedValue`s; running a function under it, gradients and all, leaves its graph in `builder`.
 */
export class TracingBackend extends KernelBackend {
  builder = new GraphBuilder();
  manner: TracingManner = { fastConvolutions: false, normalisesInOneNode: true };
  #derives = false;
  #data = new DataStorage<{ references: number; value: TracedValue }>(this, engine());

  /** Starts a graph of its own. */
  begin(builder: GraphBuilder, manner: TracingManner): void {
    this.builder = builder;
    this.manner = manner;
    this.#derives = false;
  }

  /**
   * Whether the function derives anything, as far as it has been traced: while a tape records, and
   * ever after, since gradients are computed when it has ended.
   */
  get derives(): boolean {
    this.#derives ||= engine().state.gradientDepth > 0;
    return this.#derives;
  }

  traced(tensor: TensorInfo): TracedValue {
    return this.#data.get(tensor.dataId).value;
  }

  /** A new tensor that stands for `value`. */
  tensorOf(value: TracedValue): TensorInfo {
    const dataId = {};
    this.#data.set(dataId, { references: 1, value });
    return { dataId, shape: [...value.shape], dtype: value.dtype };
  }

  /** The same tensor once more, as identities and no-op reshapes give. */
  sharedTensor({ dataId, shape, dtype }: TensorInfo): TensorInfo {
    this.incRef(dataId);
    return { dataId, shape, dtype };
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: object,
    values: BackendValues,
    shape: number[],
    dtype: DataType,
    references: number,
  ): void {
    this.#data.set(dataId, { references, value: knownValue(values as TypedArray, shape, dtype) });
  }

  override readSync(dataId: object): TypedArray {
    const { value } = this.#data.get(dataId);
    if (value.constant) return value.constant.elements;
    if (value.splat !== undefined)
      return new Float32Array(elementCount(value.shape)).fill(value.splat);
    throw new EngineError(
      'VALUE_NOT_CONSTANT',
      'A traced function read the elements of a tensor, which are not known before it runs; keep reads outside compiled functions.',
    );
  }

  override async read(dataId: object): Promise<TypedArray> {
    return this.readSync(dataId);
  }

  override incRef(dataId: object): void {
    this.#data.get(dataId).references++;
  }

  override refCount(dataId: object): number {
    return this.#data.has(dataId) ? this.#data.get(dataId).references : 0;
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.#data.has(dataId)) return true;
    const entry = this.#data.get(dataId);
    entry.references--;
    if (!force && entry.references > 0) return false;
    this.#data.delete(dataId);
    return true;
  }

  override numDataIds(): number {
    return this.#data.numDataIds();
  }

  override memory(): ReturnType<KernelBackend['memory']> {
    return { unreliable: true } as ReturnType<KernelBackend['memory']>;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {}
}

export type Conv2DInfo = backend_util.Conv2DInfo;

function knownValue(elements: TypedArray, shape: number[], dtype: DataType): TracedValue {
  const first = elements[0];
  if (dtype === 'float32' && first !== undefined && elements.every((v) => Object.is(v, first))) {
    return tracedValue(shape, dtype, { splat: first });
  }
  const layout = shape.map((_, axis) => axis).join('');
  return tracedValue(shape, dtype, { constant: { elements, layout } });
}
