import type { Value, ValueMap } from '../engine/engine.ts';
import { disposeValues } from '../network/weights.ts';
import { REHEARSAL } from './edit-step.ts';
import type { SplitNetwork } from './split-network.ts';

export interface RehearsedPictures {
  /** [count,3,H,W], normalised */
  readonly images: Float32Array;
  readonly count: number;
  /** How many each step looks at, about: all batches are of one size. */
  readonly batch: number;
}

/**
 * What an edit rehearses, one batch a step, in turn. A batch is computed when it is looked at first: an edit of
 * few steps asks for few.
 */
export class RehearsedBatches {
  #network: SplitNetwork;
  /** Before the edit. */
  #weights: ValueMap;
  #activations: (images: Float32Array) => Promise<Value>;
  #images: readonly Float32Array[];
  #computed: ValueMap[] = [];

  /** @param activations what the first edited stage makes of images */
  constructor(
    network: SplitNetwork,
    weights: ValueMap,
    activations: (images: Float32Array) => Promise<Value>,
    { images, count, batch }: RehearsedPictures,
  ) {
    this.#network = network;
    this.#weights = weights;
    this.#activations = activations;
    const batches = Math.max(1, Math.floor(count / batch));
    const length = Math.floor(count / batches) * (images.length / count);
    this.#images = Array.from({ length: batches }, (_, index) =>
      images.subarray(index * length, (index + 1) * length),
    );
  }

  /** The inputs of `gradientStep` that say what a step rehearses. */
  async of(step: number): Promise<ValueMap> {
    const index = step % this.#images.length;
    this.#computed[index] ??= await this.#compute(this.#images[index]!);
    return this.#computed[index];
  }

  dispose(): void {
    for (const inputs of this.#computed) disposeValues(inputs);
    this.#computed = [];
  }

  async #compute(images: Float32Array): Promise<ValueMap> {
    const activations = await this.#activations(images);
    const before = await this.#network.logProbabilities(this.#weights, activations);
    return { [`${REHEARSAL}activations`]: activations, [`${REHEARSAL}before`]: before };
  }
}
