import { type FeaturedPicture, type FeaturedSet, nearestPictures } from './nearest-pictures.ts';

/** Neighbours looked at, of either kind. */
export const NEAREST = 20;

/**
 * The held-out pictures of the class that a fix gives, the nearest to the edited picture first: those
 * that should keep their answer, or get it too.
 */
export function classNeighbours(
  heldOut: FeaturedSet,
  edited: FeaturedPicture,
  label: number,
  count = NEAREST,
): Uint32Array {
  return nearestPictures(heldOut, edited, (own) => own === label, count);
}
