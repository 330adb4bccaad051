import type { PictureSet } from '../../data/picture-set.ts';
import { randomFor } from '../../data/random.ts';
import { LIKELY_RANKS } from '../../editable/edit-policy.ts';
import { topClasses } from '../top-class.ts';

/** A picture of a set and the label that an edit is to give it. */
export interface PlannedEdit {
  readonly picture: number;
  readonly label: number;
}

/**
 * Pictures without repetition, each with a label drawn uniformly from all, its own and the network's
 * answer included (Sinitsin et al. 2020, section 5). Fewer edits are the first of more.
 * @param count at most; a smaller set gives one edit a picture
 */
export function paperEdits(set: PictureSet, count: number, seed: number): PlannedEdit[] {
  const classes = set.labelNames.length;
  return drawnPictures(set, count, seed).map((picture) => ({
    picture,
    label: randomFor(seed, 'paper label', picture).integer(classes),
  }));
}

/**
 * Pictures without repetition, each with a label drawn from those that the network ranks next to its
 * answer.
 * @param logits of the set, [N,classes]
 */
export function likelyEdits(
  set: PictureSet,
  logits: Float32Array,
  count: number,
  seed: number,
): PlannedEdit[] {
  const classes = set.labelNames.length;
  return drawnPictures(set, count, seed).map((picture) => {
    const row = logits.subarray(picture * classes, (picture + 1) * classes);
    const ranked = Array.from(row, (_, label) => label).sort((a, b) => row[b]! - row[a]! || a - b);
    const behind =
      1 + randomFor(seed, 'likely label', picture).integer(Math.min(LIKELY_RANKS, classes - 1));
    return { picture, label: ranked[behind]! };
  });
}

/**
 * Pictures that the network gets wrong, in an order drawn by the seed, each with its own label.
 * @param arguable pictures to leave out, since their label may be wrong
 */
export function mistakes(
  set: PictureSet,
  logits: Float32Array,
  count: number,
  seed: number,
  arguable: ReadonlySet<number> = new Set(),
): PlannedEdit[] {
  const top = topClasses(logits, set.labelNames.length);
  return drawnPictures(set, set.count, seed)
    .filter((picture) => top[picture] !== set.labels[picture] && !arguable.has(picture))
    .slice(0, count)
    .map((picture) => ({ picture, label: set.labels[picture]! }));
}

/** Pictures without repetition, in an order drawn by the seed; fewer are the first of more. */
export function drawnPictures(set: PictureSet, count: number, seed: number): number[] {
  const order = Uint32Array.from({ length: set.count }, (_, picture) => picture);
  randomFor(seed, 'evaluated edits').shuffle(order);
  return Array.from(order.subarray(0, count));
}
