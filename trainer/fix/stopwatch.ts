/** Sums up the time that named stages of a work take. Stages do not overlap. */
export class Stopwatch {
  #seconds = new Map<string, number>();

  async time<Result>(stage: string, work: () => Promise<Result>): Promise<Result> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      const seconds = (performance.now() - began) / 1000;
      this.#seconds.set(stage, (this.#seconds.get(stage) ?? 0) + seconds);
    }
  }

  /** In the order in which they were first entered, in seconds. */
  get stages(): { readonly stage: string; readonly seconds: number }[] {
    return [...this.#seconds].map(([stage, seconds]) => ({ stage, seconds }));
  }
}
