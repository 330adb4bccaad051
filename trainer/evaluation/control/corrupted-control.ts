import { type PictureSet, pictureAt, subset } from '../../data/picture-set.ts';
import { type Random, randomFor } from '../../data/random.ts';
import type { SampleOptions } from './clean-control.ts';
import type { ControlSet } from './control-set.ts';
import { CORRUPTIONS, type Corruption, corrupt, SEVERITIES } from './corruption/corruption.ts';
import { samplePictures } from './sample.ts';

export interface CorruptedControl extends ControlSet {
  /** [N], what was done to each picture. */
  readonly corruptions: readonly Corruption[];
}

/**
 * A sample of the pictures, each under one corruption of one severity (see `corrupt`). Which one, and its
 * noise, depend on the seed and on where the picture lies in `set` alone.
 * @throws DataError SELECTION_INVALID when the set has not as many
 */
export async function corruptedControl(
  set: PictureSet,
  { pictures, seed }: SampleOptions,
): Promise<CorruptedControl> {
  const sources = samplePictures(set, pictures, seed);
  const corrupted = subset(set, sources, `${set.name}-corrupted`);
  const corruptions: Corruption[] = [];
  for (const [position, source] of sources.entries()) {
    const random = randomFor(seed, 'corruption', source);
    const corruption = randomCorruption(random);
    const target = pictureAt(corrupted, position).pixels;
    target.set((await corrupt(pictureAt(set, source), corruption, random)).pixels);
    corruptions.push(corruption);
  }
  return { kind: 'corrupted', sources, set: corrupted, corruptions };
}

function randomCorruption(random: Random): Corruption {
  return {
    kind: CORRUPTIONS[random.integer(CORRUPTIONS.length)]!,
    severity: SEVERITIES[random.integer(SEVERITIES.length)]!,
  };
}
