/** Where two sets of logits differ most. */
export interface LargestDifference {
  /** Absolute difference; infinite where a logit is not finite. */
  readonly difference: number;
  readonly row: number;
  readonly column: number;
  readonly left: number;
  readonly right: number;
}

/** Compares two [N,columns] arrays of the same length element by element. */
export function largestDifference(
  left: Float32Array,
  right: Float32Array,
  columns: number,
): LargestDifference {
  let worst = 0;
  let at = 0;
  for (let index = 0; index < left.length; index++) {
    const difference = Math.abs(left[index]! - right[index]!);
    const comparable = Number.isFinite(difference) ? difference : Number.POSITIVE_INFINITY;
    if (comparable > worst) {
      worst = comparable;
      at = index;
    }
  }
  return {
    difference: worst,
    row: Math.floor(at / columns),
    column: at % columns,
    left: left[at]!,
    right: right[at]!,
  };
}
