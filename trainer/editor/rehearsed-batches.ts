import type { ValueMap } from '../engine/engine.ts';
import { disposeValues } from '../network/weights.ts';

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
  #compute: (images: Float32Array) => Promise<ValueMap>;
  #images: readonly Float32Array[];
  #computed: ValueMap[] = [];

  /** @param compute the inputs of `gradientStep` that have images rehearsed */
  constructor(
    { images, count, batch }: RehearsedPictures,
    compute: (images: Float32Array) => Promise<ValueMap>,
  ) {
    this.#compute = compute;
    const batches = Math.max(1, Math.floor(count / batch));
    const length = Math.floor(count / batches) * (images.length / count);
    this.#images = Array.from({ length: batches }, (_, index) =>
      images.subarray(index * length, (index + 1) * length),
    );
  }

  /** The inputs of a step. */
  async of(step: number): Promise<ValueMap> {
    const index = step % this.#images.length;
    this.#computed[index] ??= await this.#compute(this.#images[index]!);
    return this.#computed[index];
  }

  dispose(): void {
    for (const inputs of this.#computed) disposeValues(inputs);
  }
}
