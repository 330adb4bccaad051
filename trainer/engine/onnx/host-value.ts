import { Tensor } from 'onnxruntime-node';
import type { Value } from '../engine.ts';
import { valueDisposed } from '../engine-error.ts';
import type { BufferPool } from './buffer-pool.ts';

/** A value that is an array of this process. */
export class HostValue implements Value {
  readonly shape: readonly number[];
  #data: Float32Array | null;
  #pool: BufferPool | null;

  /** @param pool where the array goes when the value is disposed of, unless somebody else owns it */
  constructor(data: Float32Array, shape: readonly number[], pool: BufferPool | null) {
    this.#data = data;
    this.shape = shape;
    this.#pool = pool;
  }

  /** Over the array itself: valid until the value is disposed of. */
  get tensor(): Tensor {
    return new Tensor('float32', this.#elements, this.shape);
  }

  async read(): Promise<Float32Array> {
    return this.#elements.slice();
  }

  dispose(): void {
    if (this.#data && this.#pool) this.#pool.give(this.#data);
    this.#data = null;
  }

  get #elements(): Float32Array {
    if (this.#data) return this.#data;
    throw valueDisposed(this.shape);
  }
}
