import { type PictureSet, subset } from '../data/picture-set.ts';
import { samplePictures } from '../evaluation/control/sample.ts';

/** Of the pictures that an export draws. */
export const SEED = 1;

/** The pictures of a set that an export looks at: so many, or all where there are no more. */
export function drawPictures(set: PictureSet, pictures: number): PictureSet {
  return subset(set, samplePictures(set, Math.min(pictures, set.count), SEED));
}
