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

/**
 * Which of the foreign neighbours a fix pulls in: they are answered with its label, and were not before.
 * @param foreign where they lie among the answers
 * @param before the answers without the fix, and `after` with it (see `topClasses`)
 */
export function overReach(
  foreign: ArrayLike<number>,
  label: number,
  before: ArrayLike<number>,
  after: ArrayLike<number>,
): number[] {
  return Array.from(foreign).filter(
    (picture) => after[picture] === label && before[picture] !== label,
  );
}
