/** How many of some pictures are answered with the label of a fix. */
export interface Following {
  readonly pictures: number;
  readonly before: number;
  readonly after: number;
}

/**
 * Counts which of the pictures are answered with `label`.
 * @param pictures where they lie among the answers
 * @param before the answers without the fix, and `after` with it (see `topClasses`)
 */
export function following(
  pictures: ArrayLike<number>,
  label: number,
  before: ArrayLike<number>,
  after: ArrayLike<number>,
): Following {
  const all = Array.from(pictures);
  return {
    pictures: all.length,
    before: all.filter((picture) => before[picture] === label).length,
    after: all.filter((picture) => after[picture] === label).length,
  };
}
