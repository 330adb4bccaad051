import { ContractError } from './contract-error.ts';
import type { GoldenPicture } from './manifest.ts';

/**
 * Compares a runtime's logits of a golden picture with those that its form promises.
 * @returns the largest absolute difference
 * @throws ContractError GOLDEN_MISMATCH when it exceeds `tolerance`, or a logit is not finite
 */
export function checkGolden(
  name: string,
  expected: readonly number[],
  logits: ArrayLike<number>,
  tolerance: number,
): number {
  let worst = logits.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
  expected.forEach((value, index) => {
    worst = Math.max(worst, Math.abs(value - (logits[index] ?? Number.NaN)));
  });
  if (worst <= tolerance) return worst;
  throw new ContractError(
    'GOLDEN_MISMATCH',
    `Golden picture "${name}": the logits differ by ${worst}, more than ${tolerance}; this runtime or the graph is not the one that was exported.`,
  );
}

/** The [H,W,3] bytes of a golden picture. */
export function goldenPixels(picture: GoldenPicture): Uint8Array {
  return Uint8Array.from(atob(picture.pixels), (character) => character.charCodeAt(0));
}
