import type { RgbPicture } from '../../../exporter/contract/picture/rgb-picture.ts';
import { type LabelledSet, type PictureSet, pictureAt } from '../../data/picture-set.ts';

/** Pictures, or their labels alone, with their features [N,F] in the network before any fix. */
export interface FeaturedSet {
  readonly set: PictureSet | LabelledSet;
  readonly features: Float32Array;
}

/** A picture with its features [F] in the network before any fix. */
export interface FeaturedPicture {
  readonly picture: RgbPicture;
  readonly features: Float32Array;
}

/**
 * The `count` pictures of the label wanted that lie nearest to the edited one, by Euclidean distance
 * between features; never the edited picture itself, told by its bytes where the set has them.
 * @param eligible which labels are wanted
 * @returns where they lie in the set, the nearest first and of equally near ones the first; fewer than
 * `count` where there are no more
 */
export function nearestPictures(
  { set, features }: FeaturedSet,
  edited: FeaturedPicture,
  eligible: (label: number) => boolean,
  count: number,
): Uint32Array {
  const all = Array.from({ length: set.count }, (_, index) => index);
  const candidates = all.filter((index) => eligible(set.labels[index]!));
  const distances = new Map(
    candidates.map((index) => [index, squaredDistance(features, index, edited.features)]),
  );
  candidates.sort((a, b) => distances.get(a)! - distances.get(b)! || a - b);
  const nearest: number[] = [];
  for (const index of candidates) {
    if (nearest.length === count) break;
    const same = 'pixels' in set && sameBytes(pictureAt(set, index), edited.picture);
    if (!same) nearest.push(index);
  }
  return Uint32Array.from(nearest);
}

function squaredDistance(features: Float32Array, row: number, other: Float32Array): number {
  const start = row * other.length;
  let sum = 0;
  for (let index = 0; index < other.length; index++) {
    const difference = features[start + index]! - other[index]!;
    sum += difference * difference;
  }
  return sum;
}

function sameBytes(a: RgbPicture, b: RgbPicture): boolean {
  return Buffer.from(a.pixels.buffer, a.pixels.byteOffset, a.pixels.byteLength).equals(b.pixels);
}
