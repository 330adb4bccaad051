import { DataError } from '../../data/data-error.ts';
import type { LabelledSet } from '../../data/picture-set.ts';
import { randomFor } from '../../data/random.ts';

/**
 * Pictures of a set drawn without repetition by the seed alone: of the same seed, more of them contain
 * the fewer ones.
 * @param pictures how many; all of them without it
 * @returns where they lie in the set, ascending
 * @throws DataError SELECTION_INVALID when the set has not as many
 */
export function samplePictures(
  set: LabelledSet,
  pictures: number | undefined,
  seed: number,
): Uint32Array {
  const order = Uint32Array.from({ length: set.count }, (_, index) => index);
  if (pictures === undefined) return order;
  if (!(Number.isInteger(pictures) && pictures >= 1 && pictures <= set.count)) {
    throw new DataError(
      'SELECTION_INVALID',
      `A control set of ${pictures} pictures cannot be drawn from "${set.name}"; choose from 1 to its ${set.count} pictures.`,
    );
  }
  return randomFor(seed, 'control sample').shuffle(order).slice(0, pictures).sort();
}
