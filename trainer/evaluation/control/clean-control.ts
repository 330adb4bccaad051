import { type PictureSet, subset } from '../../data/picture-set.ts';
import type { ControlSet } from './control-set.ts';
import { samplePictures } from './sample.ts';

/** What a control set is drawn with. */
export interface SampleOptions {
  /** How many pictures; all without it. */
  readonly pictures?: number | undefined;
  readonly seed: number;
}

/**
 * The pictures as they are, all of them or a sample, in their order.
 * @throws DataError SELECTION_INVALID when the set has not as many
 */
export function cleanControl(set: PictureSet, { pictures, seed }: SampleOptions): ControlSet {
  const sources = samplePictures(set, pictures, seed);
  const name = `${set.name}-clean`;
  return { kind: 'clean', sources, set: subset(set, sources, name) };
}
