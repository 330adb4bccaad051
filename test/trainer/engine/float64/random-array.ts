import { type NdArray, sizeOf } from './nd-array.ts';

/**
 * Seeded arrays whose elements float32 holds exactly, so that an engine and the double-precision
 * reference start from the same numbers.
 */
export class RandomArrays {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Uniform in [0, 1), by the mulberry32 generator. */
  #uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number, shape: readonly number[]): NdArray {
    const data = Float64Array.from({ length: sizeOf(shape) }, () =>
      Math.fround(low + (high - low) * this.#uniform()),
    );
    return { shape, data };
  }

  /** Of either sign and at least 0.1 from zero, where functions such as relu have their kink. */
  signed(shape: readonly number[]): NdArray {
    const { data } = this.between(0.1, 1.5, shape);
    return { shape, data: data.map((value) => (this.#uniform() < 0.5 ? -value : value)) };
  }

  /** In [-1, 1], no two closer than 2 / size, so that a maximum stays where it is. */
  distinct(shape: readonly number[]): NdArray {
    const size = sizeOf(shape);
    const data = Float64Array.from({ length: size }, (_, rank) =>
      Math.fround((2 * rank) / size - 1),
    );
    for (let last = size - 1; last > 0; last--) {
      const other = Math.floor(this.#uniform() * (last + 1));
      [data[last], data[other]] = [data[other]!, data[last]!];
    }
    return { shape, data };
  }
}
