import type { PictureSet } from '../../data/picture-set.ts';
import type { EditRequest } from '../../editor/edit-method.ts';
import { assembleSet } from './assemble-set.ts';
import { type NeighbourKind, neighboursOf } from './neighbour.ts';

export interface NeighbourSet {
  /** Labelled as the edit wants its picture. There may be no picture in it. */
  readonly set: PictureSet;
  /** [N] */
  readonly kinds: readonly NeighbourKind[];
}

/** The neighbours of an edit's picture (see `neighboursOf`), to be scored as any set. */
export function neighbourSet(
  { picture, label }: EditRequest,
  labelNames: readonly string[],
  seed: number,
): NeighbourSet {
  const neighbours = neighboursOf(picture, seed);
  const { width, height } = picture;
  const set = assembleSet(
    { name: 'neighbours', width, height, labelNames },
    neighbours.map((neighbour) => neighbour.picture),
    label,
  );
  return { set, kinds: neighbours.map(({ kind }) => kind) };
}
