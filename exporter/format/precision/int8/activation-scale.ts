import type { Observed } from './observe-activations.ts';

/** How a value is kept as unsigned bytes: `(byte - zeroPoint) * scale`. */
export interface ActivationScale {
  readonly scale: number;
  readonly zeroPoint: number;
}

const LEVELS = 255;
/** How much of the range to keep, tried from all of it downwards. */
const KEPT = Array.from({ length: 61 }, (_, index) => 1 - index / 100);

/**
 * The scale that represents what was seen with the least mean squared error, rounding and clipping
 * together (as in Banner et al. 2019, arXiv 1810.05723, though by search): a few large values are
 * clipped so that the many others are told apart.
 */
export function activationScale({ least, largest, histogram }: Observed): ActivationScale {
  const [low, high] = [Math.min(0, least), Math.max(0, largest)];
  let best = { error: Number.POSITIVE_INFINITY, scale: 1, zeroPoint: 0 };
  const width = (largest - least) / histogram.length;
  for (const kept of KEPT) {
    const scale = Math.fround(((high - low) * kept) / LEVELS) || 1;
    const zeroPoint = Math.round(((0 - low) * kept) / scale);
    let error = 0;
    for (let bin = 0; bin < histogram.length; bin++) {
      const count = histogram[bin]!;
      if (count === 0) continue;
      const value = least + (bin + 0.5) * width;
      const level = Math.max(0, Math.min(LEVELS, Math.round(value / scale) + zeroPoint));
      error += count * ((level - zeroPoint) * scale - value) ** 2;
    }
    if (error < best.error) best = { error, scale, zeroPoint };
  }
  return { scale: best.scale, zeroPoint: best.zeroPoint };
}
