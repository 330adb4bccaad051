import type { ValueMap } from '../engine/engine.ts';
import { disposeValues } from '../network/weights.ts';

export interface RehearsedPictures {
  readonly count: number;
  /** How many each step looks at, about: all batches are of one size. */
  readonly batch: number;
}

/**
 * What an edit rehearses, one batch a step, in turn. A batch is computed when it is looked at first: an edit of
 * few steps asks for few.
 */
export class RehearsedBatches {
  #compute: (start: number, count: number) => Promise<ValueMap>;
  #batches: number;
  #size: number;
  #computed: ValueMap[] = [];

  /** @param compute the inputs of `gradientStep` that have `count` pictures from `start` on rehearsed */
  constructor(
    { count, batch }: RehearsedPictures,
    compute: (start: number, count: number) => Promise<ValueMap>,
  ) {
    this.#compute = compute;
    this.#batches = Math.max(1, Math.floor(count / batch));
    this.#size = Math.floor(count / this.#batches);
  }

  /** The inputs of a step. */
  async of(step: number): Promise<ValueMap> {
    const index = step % this.#batches;
    this.#computed[index] ??= await this.#compute(index * this.#size, this.#size);
    return this.#computed[index];
  }

  dispose(): void {
    for (const inputs of this.#computed) disposeValues(inputs);
  }
}
