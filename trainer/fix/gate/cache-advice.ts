import { pictureDigest } from '../../data/picture-digest.ts';
import { pictureAt } from '../../data/picture-set.ts';
import { PERCEPTUAL_RADIUS } from '../../rival/perceptual-cache.ts';
import { hammingDistance, perceptualHash } from '../../rival/perceptual-hash.ts';
import { type Controls, havePictures } from '../control/stored-controls.ts';
import type { NearPictures } from '../near-pictures.ts';
import type { CacheFigures } from './gate.ts';

/** What a perceptual cache would do with an entry for each picture that is fixed. */
export function cacheFigures(controls: Controls, near: NearPictures): CacheFigures {
  const { set, digests } = controls;
  const entries = near.constraints.map((constraint) => ({
    label: constraint.label,
    digest: pictureDigest(constraint.picture.pixels),
    hash: perceptualHash(constraint.picture),
  }));
  let wrong = 0;
  for (let index = 0; index < set.count; index++) {
    const hash = havePictures(controls)
      ? perceptualHash(pictureAt(controls.set, index))
      : controls.hashes[index]!;
    const hit = entries.find((entry) => hammingDistance(entry.hash, hash) <= PERCEPTUAL_RADIUS);
    if (hit && hit.digest !== digests[index] && hit.label !== set.labels[index]) wrong++;
  }
  const caught = near.neighbours.map(
    (neighbours, index) =>
      neighbours.filter(
        ({ picture }) =>
          hammingDistance(entries[index]!.hash, perceptualHash(picture)) <= PERCEPTUAL_RADIUS,
      ).length,
  );
  return {
    neighbours: near.neighbours.flat().length,
    caught: caught.reduce((sum, count) => sum + count, 0),
    wrong,
    controlPictures: set.count,
  };
}
