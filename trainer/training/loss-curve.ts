/** Updates that one point of the curve averages over. */
export const POINT_STEPS = 20;

/** Averages what training steps report, a point every 20 updates. */
export class LossCurve {
  #points: Record<string, number>[];
  #sums: Record<string, number> = {};
  #count = 0;

  constructor(points: readonly Readonly<Record<string, number>>[]) {
    this.#points = [...points];
  }

  /** @returns whether this update completed a point */
  add(step: number, figures: Readonly<Record<string, number>>): boolean {
    for (const [name, value] of Object.entries(figures)) {
      this.#sums[name] = (this.#sums[name] ?? 0) + value;
    }
    this.#count++;
    if (this.#count < POINT_STEPS) return false;
    const means = Object.entries(this.#sums).map(([name, sum]) => [name, sum / this.#count]);
    this.#points.push({ step, ...Object.fromEntries(means) });
    this.#sums = {};
    this.#count = 0;
    return true;
  }

  /** The complete points, oldest first. */
  get points(): readonly Readonly<Record<string, number>>[] {
    return [...this.#points];
  }
}
