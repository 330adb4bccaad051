import type { RgbPicture } from '../../../exporter/contract/picture/rgb-picture.ts';
import { NEIGHBOUR_KINDS, neighboursOf } from '../neighbour/neighbour.ts';
import type { PictureGroup } from './judge.ts';

/** The neighbours of a picture, a group a kind. */
export function neighbourGroups(picture: RgbPicture, seed: number): PictureGroup[] {
  const neighbours = neighboursOf(picture, seed);
  return NEIGHBOUR_KINDS.map((kind) => ({
    name: `neighbours.${kind}`,
    pictures: neighbours.filter((each) => each.kind === kind).map((each) => each.picture),
  }));
}
