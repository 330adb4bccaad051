import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import { plainView, randomHole, randomView, type View } from './augmentation.ts';
import { DataError } from './data-error.ts';
import { type InputWriter, inputWriter } from './network-input.ts';
import { checkIndex, type Labels, type PictureSet } from './picture-set.ts';
import { randomFor } from './random.ts';

/** Pictures as the network takes them. */
export interface Batch {
  readonly count: number;
  /** [N,3,H,W], `(value / 255 - mean) / std`. */
  readonly images: Float32Array;
  /** [N] */
  readonly labels: Labels;
  /** [N,classes] */
  readonly oneHot: Float32Array;
}

/** Which pictures the batches of training hold: shuffled anew each epoch. */
export interface BatchOrder {
  /** Whole batches alone: the pictures left over wait for another epoch. */
  readonly perEpoch: number;
  /**
   * The pictures of batch `index` of `epoch`, both from 0. Depends on these and the seed alone, not on
   * earlier calls. Valid until the next call.
   */
  chosen(epoch: number, index: number): Uint32Array;
}

/** @throws DataError SELECTION_INVALID when `batchSize` is not a whole number from 1 to the set's count */
export function batchOrder(
  set: PictureSet,
  { batchSize, seed }: { batchSize: number; seed: number },
): BatchOrder {
  const perEpoch = Math.floor(set.count / batchSize);
  if (!(Number.isInteger(batchSize) && batchSize >= 1 && perEpoch >= 1)) {
    throw new DataError(
      'SELECTION_INVALID',
      `A batch of ${batchSize} cannot be drawn from the ${set.count} pictures of "${set.name}"; choose a batch size from 1 to ${set.count}.`,
    );
  }
  const order = Uint32Array.from({ length: set.count });
  let orderedEpoch = Number.NaN;
  return {
    perEpoch,
    chosen(epoch, index) {
      if (!(Number.isInteger(index) && index >= 0 && index < perEpoch)) {
        throw new DataError(
          'SELECTION_INVALID',
          `An epoch of "${set.name}" has batches 0 to ${perEpoch - 1}, not ${index}.`,
        );
      }
      if (epoch !== orderedEpoch) {
        for (let i = 0; i < order.length; i++) order[i] = i;
        randomFor(seed, 'order', epoch).shuffle(order);
        orderedEpoch = epoch;
      }
      return order.subarray(index * batchSize, (index + 1) * batchSize);
    },
  };
}

/** Where a batch stands in a training: with the seed, it decides the views. */
export interface BatchPlace {
  readonly seed: number;
  readonly epoch: number;
  readonly index: number;
}

/**
 * The pictures of a batch in the random views that training has of them there.
 * @param cutout side of the square that each view hides, in pixels; 0 for none
 */
export function augmentedBatch(
  pictures: PictureSet,
  preprocessing: Preprocessing,
  { seed, epoch, index }: BatchPlace,
  cutout: number,
): Batch {
  const views = randomFor(seed, 'augmentation', epoch, index);
  const holes = randomFor(seed, 'cutout', epoch, index);
  const all = Uint32Array.from({ length: pictures.count }, (_, i) => i);
  const write = inputWriter(pictures, preprocessing);
  return gather(pictures, all, write, () => ({
    ...randomView(views, pictures),
    ...(cutout > 0 && { hole: randomHole(holes, pictures, cutout) }),
  }));
}

/**
 * The chosen pictures as they are, in the order given.
 * @throws DataError SELECTION_INVALID when an index has no picture
 */
export function plainBatch(
  set: PictureSet,
  indices: ArrayLike<number>,
  preprocessing: Preprocessing,
): Batch {
  return gather(set, indices, inputWriter(set, preprocessing), () => plainView);
}

/** Every picture of the set once, as it is and in order; the last batch holds what is left. */
export function* wholeSet(
  set: PictureSet,
  preprocessing: Preprocessing,
  batchSize: number,
): Generator<Batch> {
  const write = inputWriter(set, preprocessing);
  for (let start = 0; start < set.count; start += batchSize) {
    const length = Math.min(batchSize, set.count - start);
    const indices = Uint32Array.from({ length }, (_, i) => start + i);
    yield gather(set, indices, write, () => plainView);
  }
}

function gather(
  set: PictureSet,
  indices: ArrayLike<number>,
  write: InputWriter,
  viewOf: () => View,
): Batch {
  const count = indices.length;
  const classes = set.labelNames.length;
  const images = new Float32Array(count * 3 * set.height * set.width);
  const labels = set.labels instanceof Uint8Array ? new Uint8Array(count) : new Uint16Array(count);
  const oneHot = new Float32Array(count * classes);
  for (let slot = 0; slot < count; slot++) {
    const index = indices[slot]!;
    checkIndex(set, index);
    write(index, viewOf(), images, slot);
    labels[slot] = set.labels[index]!;
    oneHot[slot * classes + labels[slot]!] = 1;
  }
  return { count, images, labels, oneHot };
}
