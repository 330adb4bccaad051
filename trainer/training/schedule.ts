/** How the learning rate runs over a training. */
export const SCHEDULES = ['constant', 'one-cycle'] as const;
export type Schedule = (typeof SCHEDULES)[number];

/** The share of a one-cycle schedule that rises. */
const WARM_UP = 0.2;

/**
 * The share of the peak learning rate at `step` of `total`, both counted in updates and `step` from 0.
 * `one-cycle` (Smith & Topin 2018, arXiv 1708.07120) rises linearly, then falls as half a cosine to 0.
 */
export function scheduledShare(schedule: Schedule, step: number, total: number): number {
  if (schedule === 'constant') return 1;
  const position = (step + 1) / total;
  if (position <= WARM_UP) return position / WARM_UP;
  return (1 + Math.cos((Math.PI * (position - WARM_UP)) / (1 - WARM_UP))) / 2;
}
