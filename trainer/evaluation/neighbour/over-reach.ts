import { topClasses } from '../top-class.ts';
import { NEAREST } from './class-neighbours.ts';
import { type FeaturedPicture, type FeaturedSet, nearestPictures } from './nearest-pictures.ts';

/**
 * The held-out pictures of other classes than a fix gives, the nearest to the edited picture first: those
 * that it may pull in by mistake. Scored by `overReach`.
 */
export function foreignNeighbours(
  heldOut: FeaturedSet,
  edited: FeaturedPicture,
  label: number,
  count = NEAREST,
): Uint32Array {
  return nearestPictures(heldOut, edited, (own) => own !== label, count);
}

export interface OverReach {
  readonly pictures: number;
  /** The rows that get the label with the fix and did not without it. */
  readonly pulledIn: readonly number[];
}

/**
 * Which of the foreign neighbours a fix pulls in to its label.
 * @param foreign rows of the logits
 * @param before the logits [N,classes] without the fix, and `after` with it
 */
export function overReach(
  foreign: ArrayLike<number>,
  label: number,
  classes: number,
  before: Float32Array,
  after: Float32Array,
): OverReach {
  const [old, edited] = [topClasses(before, classes), topClasses(after, classes)];
  const rows = Array.from(foreign);
  const pulledIn = rows.filter((row) => edited[row] === label && old[row] !== label);
  return { pictures: rows.length, pulledIn };
}
