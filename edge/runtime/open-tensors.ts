import type { OpenTensor } from '../../exporter/contract/form.ts';
import { ELEMENT_TYPES } from './c-api.ts';
import type { OrtInstance } from './instance.ts';
import { createTensor } from './tensor.ts';

/** Weights that a graph takes as inputs, over heap bytes that must outlive them. */
export class OpenTensors {
  readonly names: readonly number[];
  readonly handles: readonly number[];
  readonly #instance: OrtInstance;
  #open = true;

  /**
   * @param weights where the part with the tensors' bytes lies in the heap
   * @throws RuntimeError HEAP_FULL, INSTANCE_LOST or INSTANCE_GONE
   */
  constructor(instance: OrtInstance, tensors: readonly OpenTensor[], weights: number) {
    this.#instance = instance;
    this.names = tensors.map(({ name }) => instance.heap.allocateText(name));
    this.handles = instance.guard(() =>
      tensors.map(({ type, dims, offset }) =>
        createTensor(instance, ELEMENT_TYPES[type], weights + offset, dims),
      ),
    );
  }

  /** Frees the tensors, not their bytes. Calling it again does nothing. */
  release(): void {
    if (!this.#open || this.#instance.lost) return;
    this.#open = false;
    const { module, heap } = this.#instance;
    this.#instance.guard(() => {
      for (const handle of this.handles) module._OrtReleaseTensor(handle);
      for (const name of this.names) heap.free(name);
    });
  }
}
