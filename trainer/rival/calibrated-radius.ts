import { type PictureSet, subset } from '../data/picture-set.ts';
import { randomFor } from '../data/random.ts';
import type { Scorer } from '../evaluation/scorer.ts';
import { cosineDistance } from './cosine-distance.ts';
import { RivalError } from './rival-error.ts';

const PICTURES = 500;
/** The share of pairs of different classes that may be nearer than the radius. */
const QUANTILE = 1e-3;

/**
 * A radius for nearest neighbours on features: the lowest thousandth of the cosine distances between
 * pictures of different classes, among 500 drawn from `set`.
 * @throws RivalError PICTURES_MISSING where no two pictures have different classes
 */
export async function calibratedRadius(
  scorer: Scorer,
  set: PictureSet,
  seed: number,
): Promise<number> {
  const order = Uint32Array.from({ length: set.count }, (_, picture) => picture);
  randomFor(seed, 'radius').shuffle(order);
  const drawn = subset(set, order.subarray(0, PICTURES));
  const prepared = await scorer.prepare(drawn);
  const length = prepared.features.length / drawn.count;
  const featuresOf = (index: number) =>
    prepared.features.subarray(index * length, (index + 1) * length);
  const distances: number[] = [];
  for (let one = 0; one < drawn.count; one++) {
    for (let other = 0; other < one; other++) {
      if (drawn.labels[one] === drawn.labels[other]) continue;
      distances.push(cosineDistance(featuresOf(one), featuresOf(other)));
    }
  }
  await prepared.dispose();
  if (distances.length === 0) {
    throw new RivalError(
      'PICTURES_MISSING',
      `The pictures of "${set.name}" are of one class, which gives no radius; give pictures of several classes, or a radius.`,
    );
  }
  return Float64Array.from(distances).sort()[Math.floor(QUANTILE * distances.length)]!;
}
