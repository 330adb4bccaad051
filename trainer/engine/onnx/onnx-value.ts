import type { Value } from '../engine.ts';
import { EngineError } from '../engine-error.ts';
import type { BufferPool } from './buffer-pool.ts';

/** A value of the onnx engine: an array of this process. */
export class OnnxValue implements Value {
  readonly shape: readonly number[];
  #data: Float32Array | null;
  #pool: BufferPool | null;

  /** @param pool where the array goes when the value is disposed of, unless somebody else owns it */
  constructor(data: Float32Array, shape: readonly number[], pool: BufferPool | null) {
    this.#data = data;
    this.shape = shape;
    this.#pool = pool;
  }

  /** The array itself: valid until the value is disposed of. */
  get data(): Float32Array {
    if (this.#data) return this.#data;
    throw new EngineError(
      'VALUE_DISPOSED',
      'A value was used after it was disposed of; read it or run on it before.',
    );
  }

  async read(): Promise<Float32Array> {
    return this.data.slice();
  }

  dispose(): void {
    if (this.#data && this.#pool) this.#pool.give(this.#data);
    this.#data = null;
  }
}
