import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import { plainView, randomView, type View } from './augmentation.ts';
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

/** The batches of training: shuffled anew each epoch, each picture seen in a random view. */
export interface TrainingBatches {
  /** Whole batches alone: the pictures left over wait for another epoch. */
  readonly perEpoch: number;
  /** Batch `index` of `epoch`, both from 0. Depends on these and the seed alone, not on earlier calls. */
  batch(epoch: number, index: number): Batch;
}

/** @throws DataError SELECTION_INVALID when `batchSize` is not a whole number from 1 to the set's count */
export function trainingBatches(
  set: PictureSet,
  preprocessing: Preprocessing,
  { batchSize, seed }: { batchSize: number; seed: number },
): TrainingBatches {
  const perEpoch = Math.floor(set.count / batchSize);
  if (!(Number.isInteger(batchSize) && batchSize >= 1 && perEpoch >= 1)) {
    throw new DataError(
      'SELECTION_INVALID',
      `A batch of ${batchSize} cannot be drawn from the ${set.count} pictures of "${set.name}"; choose a batch size from 1 to ${set.count}.`,
    );
  }
  const write = inputWriter(set, preprocessing);
  const order = Uint32Array.from({ length: set.count });
  let orderedEpoch = Number.NaN;
  return {
    perEpoch,
    batch(epoch, index) {
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
      const random = randomFor(seed, 'augmentation', epoch, index);
      const chosen = order.subarray(index * batchSize, (index + 1) * batchSize);
      return gather(set, chosen, write, () => randomView(random));
    },
  };
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
