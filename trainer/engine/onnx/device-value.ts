import type { Tensor } from 'onnxruntime-node';
import type { Value } from '../engine.ts';
import { valueDisposed } from '../engine-error.ts';
import { type DeviceTransfer, withShape } from './device-transfer.ts';

/** A value on a device: put there when it is first computed with, or computed there. */
export class DeviceValue implements Value {
  readonly shape: readonly number[];
  #transfer: DeviceTransfer;
  #content: Float32Array | Tensor | null;
  #moving: Promise<Tensor> | null = null;

  /** @param content elements, or a tensor on the device of any shape that holds as many, taken over */
  constructor(content: Float32Array | Tensor, shape: readonly number[], transfer: DeviceTransfer) {
    this.#content = content;
    this.shape = shape;
    this.#transfer = transfer;
  }

  /** On the device, in this value's shape: valid until the value is disposed of. */
  async onDevice(): Promise<Tensor> {
    const content = this.#held;
    if (!(content instanceof Float32Array)) return withShape(content, this.shape);
    this.#moving ??= this.#transfer.toDevice(content);
    const tensor = await this.#moving;
    if (this.#content === content) this.#content = tensor;
    return withShape(tensor, this.shape);
  }

  async read(): Promise<Float32Array> {
    const content = this.#held;
    return content instanceof Float32Array ? content.slice() : this.#transfer.toHost(content);
  }

  dispose(): void {
    if (this.#content && !(this.#content instanceof Float32Array)) this.#content.dispose();
    this.#content = null;
  }

  get #held(): Float32Array | Tensor {
    if (this.#content) return this.#content;
    throw valueDisposed(this.shape);
  }
}
