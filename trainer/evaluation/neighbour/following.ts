import { topClasses } from '../top-class.ts';

/** How many of some pictures are answered with the label of a fix. */
export interface Following {
  readonly pictures: number;
  readonly before: number;
  readonly after: number;
}

/**
 * Counts which of the pictures get `label`.
 * @param pictures rows of the logits
 * @param before the logits [N,classes] without the fix, and `after` with it
 */
export function following(
  pictures: ArrayLike<number>,
  label: number,
  classes: number,
  before: Float32Array,
  after: Float32Array,
): Following {
  const [old, edited] = [topClasses(before, classes), topClasses(after, classes)];
  const rows = Array.from(pictures);
  return {
    pictures: rows.length,
    before: rows.filter((row) => old[row] === label).length,
    after: rows.filter((row) => edited[row] === label).length,
  };
}

/**
 * `following` for the pictures of each kind; kinds without a picture are left out.
 * @param kinds [N]
 */
export function followingByKind<Kind extends string>(
  kinds: readonly Kind[],
  label: number,
  classes: number,
  before: Float32Array,
  after: Float32Array,
): Map<Kind, Following> {
  const rows = new Map<Kind, number[]>();
  for (const [row, kind] of kinds.entries()) rows.set(kind, [...(rows.get(kind) ?? []), row]);
  return new Map(
    [...rows].map(([kind, own]) => [kind, following(own, label, classes, before, after)]),
  );
}
