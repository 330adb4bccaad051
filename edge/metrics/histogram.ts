import type { Labels, Sample } from './exposition.ts';

/** Counts observations below each of ascending bounds, as Prometheus does. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#sum += value;
    this.#count++;
    this.#bounds.forEach((bound, index) => {
      if (value <= bound) this.#counts[index]!++;
    });
  }

  samples(labels: Labels): Sample[] {
    return [
      ...this.#bounds.map((bound, index) => ({
        labels: { ...labels, le: bound },
        value: this.#counts[index]!,
        suffix: '_bucket',
      })),
      { labels: { ...labels, le: '+Inf' }, value: this.#count, suffix: '_bucket' },
      { labels, value: this.#sum, suffix: '_sum' },
      { labels, value: this.#count, suffix: '_count' },
    ];
  }
}
