import type { ActivationSource, BatchRange } from './run-batches.ts';

/** The outputs of batches put together: a row a picture. */
export class BatchRows {
  #count: number;
  #ranges: readonly BatchRange[];
  #rows = new Float32Array(0);
  #length = 0;

  /** @param count of pictures, which `ranges` cover */
  constructor(count: number, ranges: readonly BatchRange[]) {
    this.#count = count;
    this.#ranges = ranges;
  }

  /** @param batch [size,L], where L is the same each time */
  add(batch: Float32Array, { start, size }: BatchRange): void {
    if (this.#length === 0) {
      const last = this.#ranges.at(-1)!;
      this.#length = batch.length / size;
      this.#rows = new Float32Array((last.start + last.size) * this.#length);
    }
    this.#rows.set(batch, start * this.#length);
  }

  /** [count,L], without the rows that fill the last batch up; shares their memory. */
  get present(): Float32Array {
    return this.#rows.subarray(0, this.#count * this.#length);
  }

  /** As what a stage takes. */
  source(shape: readonly number[]): ActivationSource {
    return {
      shape,
      read: async (index) => {
        const { start, size } = this.#ranges[index]!;
        return this.#rows.subarray(start * this.#length, (start + size) * this.#length);
      },
    };
  }
}
