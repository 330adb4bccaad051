/** Updates that one point of the curve averages over. */
export const POINT_STEPS = 20;

/**
 * Averages what training steps report, a point every 20 updates: the figures' means, `updates` and the
 * last `step`. The newest point may be over fewer updates, and goes on where it was left.
 */
export class LossCurve {
  #points: Readonly<Record<string, number>>[];

  constructor(points: readonly Readonly<Record<string, number>>[]) {
    this.#points = [...points];
  }

  add(step: number, figures: Readonly<Record<string, number>>): void {
    const last = this.#points.at(-1);
    const begun = last?.updates !== undefined && last.updates < POINT_STEPS ? last : null;
    const updates = (begun?.updates ?? 0) + 1;
    const means = Object.entries(figures).map(([name, value]) => {
      const mean = begun?.[name] ?? 0;
      return [name, mean + (value - mean) / updates];
    });
    const point = { step, updates, ...Object.fromEntries(means) };
    this.#points.splice(begun ? -1 : this.#points.length, 1, point);
  }

  /** Adds a point of its own, such as what was measured after an epoch; later updates begin another. */
  mark(step: number, figures: Readonly<Record<string, number>>): void {
    this.#points.push({ step, ...figures });
  }

  /** Oldest first. */
  get points(): readonly Readonly<Record<string, number>>[] {
    return [...this.#points];
  }
}
