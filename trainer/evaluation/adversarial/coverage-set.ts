import { type PictureSet, pictureAt, subset } from '../../data/picture-set.ts';
import { assembleSet } from '../neighbour/assemble-set.ts';
import { type NeighbourKind, neighboursOf } from '../neighbour/neighbour.ts';
import { type AdversarialExamples, startOf } from './adversarial-examples.ts';
import { type Attack, PGD } from './attack.ts';
import type { Attacker } from './attacker.ts';

/** `restart`: another adversarial picture from the same source. */
export type CoverageKind = 'restart' | NeighbourKind;

export interface CoverageSet {
  /** Labelled as the source. There may be no picture in it. */
  readonly set: PictureSet;
  /** [N] */
  readonly kinds: readonly CoverageKind[];
}

/** Other starts tried for each example. */
const RESTARTS = 10;

/**
 * Pictures near an adversarial example, to see how far an edit that puts the example right covers them:
 * other attacks on the same source, each from a random start of its own, whether they fool the network
 * or not, and the example's neighbours (see `neighboursOf`). None has the bytes of the example.
 * @param set what the examples were made from
 * @param example which of them
 * @param seed the one that the examples were made with
 * @param attack of the restarts; PGD without it
 * @throws AttackError ATTACK_INVALID, SET_MISMATCH
 */
export async function coverageSet(
  attacker: Attacker,
  set: PictureSet,
  examples: AdversarialExamples,
  example: number,
  seed: number,
  attack: Attack = PGD,
): Promise<CoverageSet> {
  const picture = pictureAt(examples.set, example);
  const label = examples.set.labels[example]!;
  const source = examples.sources[example]!;
  const repeated = subset(set, new Uint32Array(RESTARTS).fill(source));
  const pixels = await attacker.attack(repeated, { ...attack, randomStart: true }, (index) =>
    startOf(seed, source, index + 1),
  );
  const restarts = Array.from({ length: RESTARTS }, (_, index) =>
    pictureAt({ ...repeated, pixels }, index),
  ).filter((restart) => Buffer.compare(restart.pixels, picture.pixels) !== 0);
  const neighbours = neighboursOf(picture, seed);
  return {
    set: assembleSet(
      { ...set, name: `${examples.set.name}-coverage` },
      [...restarts, ...neighbours.map((neighbour) => neighbour.picture)],
      label,
    ),
    kinds: [...restarts.map(() => 'restart' as const), ...neighbours.map(({ kind }) => kind)],
  };
}
