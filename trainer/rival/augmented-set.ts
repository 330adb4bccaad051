import { type PictureSet, subset } from '../data/picture-set.ts';
import { randomFor } from '../data/random.ts';
import type { EditRequest } from '../editor/edit-method.ts';

/** The share of the pictures that fixes make up together, each with as many copies. */
export const FIXED_SHARE = 1 / 16;

/**
 * The training set with pictures that are to get other labels: `count` pictures, of which a sixteenth are
 * copies of the fixes and the others are drawn from `train`, without repetition as far as they go.
 * @param fixes at least one, of the set's size
 */
export function augmentedSet(
  train: PictureSet,
  fixes: readonly EditRequest[],
  count: number,
  seed: number,
): PictureSet {
  const copies = Math.max(fixes.length, Math.round(count * FIXED_SHARE));
  const order = Uint32Array.from({ length: train.count }, (_, index) => index);
  randomFor(seed, 'retraining').shuffle(order);
  const drawn = Uint32Array.from({ length: count - copies }, (_, i) => order[i % train.count]!);
  const size = train.height * train.width * 3;
  const pixels = new Uint8Array(count * size);
  const labels = new Uint16Array(count);
  const others = subset(train, drawn);
  pixels.set(others.pixels);
  labels.set(others.labels);
  for (let copy = 0; copy < copies; copy++) {
    const { picture, label } = fixes[copy % fixes.length]!;
    const slot = others.count + copy;
    pixels.set(picture.pixels, slot * size);
    labels[slot] = label;
  }
  return { ...train, name: `${train.name}-augmented`, count, pixels, labels };
}
