import type { Tensor } from '@tensorflow/tfjs';
import type { Value } from '../engine.ts';
import { valueDisposed } from '../engine-error.ts';

/** A value kept as a TensorFlow.js tensor on the backend of the engine that made it. */
export class EagerValue implements Value {
  readonly shape: readonly number[];
  readonly backendName: string;
  readonly #tensor: Tensor;

  /** Takes over a tensor that no scope will dispose. */
  constructor(tensor: Tensor, backendName: string) {
    this.shape = tensor.shape;
    this.backendName = backendName;
    this.#tensor = tensor;
  }

  /** Throws EngineError VALUE_DISPOSED once disposed. */
  get tensor(): Tensor {
    if (this.#tensor.isDisposed) throw valueDisposed(this.shape);
    return this.#tensor;
  }

  /** A copy even where the backend would lend its own memory. */
  async read(): Promise<Float32Array> {
    return Float32Array.from(await this.tensor.data());
  }

  dispose(): void {
    this.#tensor.dispose();
  }
}
