import { ContractError } from './contract-error.ts';
import type { GoldenVector } from './manifest.ts';

/**
 * Compares a runtime's logits with a golden vector.
 * @returns the largest absolute difference
 * @throws ContractError GOLDEN_MISMATCH when it exceeds `tolerance`, or a logit is not finite
 */
export function checkGolden(
  vector: GoldenVector,
  logits: ArrayLike<number>,
  tolerance: number,
): number {
  let worst = logits.length === vector.logits.length ? 0 : Number.POSITIVE_INFINITY;
  vector.logits.forEach((expected, index) => {
    worst = Math.max(worst, Math.abs(expected - (logits[index] ?? Number.NaN)));
  });
  if (worst <= tolerance) return worst;
  throw new ContractError(
    'GOLDEN_MISMATCH',
    `Golden vector "${vector.name}": the logits differ by ${worst}, more than ${tolerance}; this runtime or the graph is not the one that was exported.`,
  );
}

/** The [H,W,3] bytes of a golden vector. */
export function goldenPixels(vector: GoldenVector): Uint8Array {
  return Uint8Array.from(atob(vector.pixels), (character) => character.charCodeAt(0));
}
