import { NEAREST } from './class-neighbours.ts';
import { type FeaturedPicture, type FeaturedSet, nearestPictures } from './nearest-pictures.ts';

/**
 * The held-out pictures of other classes than a fix gives, the nearest to the edited picture first: those
 * that it may pull in by mistake.
 */
export function foreignNeighbours(
  heldOut: FeaturedSet,
  edited: FeaturedPicture,
  label: number,
  count = NEAREST,
): Uint32Array {
  return nearestPictures(heldOut, edited, (own) => own !== label, count);
}
