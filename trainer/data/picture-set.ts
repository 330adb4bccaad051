import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';
import { DataError } from './data-error.ts';
import { randomFor } from './random.ts';

export type Labels = Uint8Array | Uint16Array;

/** What is known of labelled pictures of one size where the pictures themselves may not be there. */
export interface LabelledSet {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly labelNames: readonly string[];
  readonly count: number;
  /** [N], each an index into `labelNames`. */
  readonly labels: Labels;
}

/** Labelled pictures of one size, in memory. */
export interface PictureSet extends LabelledSet {
  /** [N,H,W,3] bytes, red first. */
  readonly pixels: Uint8Array;
}

/**
 * Picture `index` of a set, sharing its bytes.
 * @throws DataError SELECTION_INVALID when there is no such picture
 */
export function pictureAt(set: PictureSet, index: number): RgbPicture {
  const { height, width } = set;
  checkIndex(set, index);
  const size = height * width * 3;
  return { height, width, pixels: set.pixels.subarray(index * size, (index + 1) * size) };
}

/**
 * A copy of the chosen pictures, in the order given.
 * @throws DataError SELECTION_INVALID when an index has no picture
 */
export function subset(set: PictureSet, indices: ArrayLike<number>, name = set.name): PictureSet {
  const size = set.height * set.width * 3;
  const pixels = new Uint8Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    pixels.set(pictureAt(set, indices[i]!).pixels, i * size);
  }
  return { ...labelledSubset(set, indices, name), pixels };
}

/**
 * The labels of the chosen pictures, in the order given.
 * @throws DataError SELECTION_INVALID when an index has no picture
 */
export function labelledSubset(
  { height, width, labelNames, ...set }: LabelledSet,
  indices: ArrayLike<number>,
  name = set.name,
): LabelledSet {
  const labels =
    set.labels instanceof Uint8Array
      ? new Uint8Array(indices.length)
      : new Uint16Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    checkIndex(set, indices[i]!);
    labels[i] = set.labels[indices[i]!]!;
  }
  return { name, height, width, labelNames, count: indices.length, labels };
}

/**
 * Holds a part of the training pictures out for choosing between models, so that the test set is not
 * used for it. Both parts keep the order of the whole; the same seed gives the same parts.
 * @param fraction the share held out, rounded to whole pictures
 * @throws DataError SELECTION_INVALID when either part would be empty
 */
export function splitValidation(
  train: PictureSet,
  fraction: number,
  seed: number,
): { train: PictureSet; validation: PictureSet } {
  const held = Math.round(train.count * fraction);
  if (!(held >= 1 && held < train.count)) {
    throw new DataError(
      'SELECTION_INVALID',
      `Holding ${fraction} of the ${train.count} pictures of "${train.name}" out for validation leaves one part empty; choose a fraction between 0 and 1 that gives both at least one picture.`,
    );
  }
  const order = Uint32Array.from({ length: train.count }, (_, index) => index);
  randomFor(seed, 'validation').shuffle(order);
  return {
    train: subset(train, order.slice(held).sort()),
    validation: subset(train, order.slice(0, held).sort(), `${train.name}-validation`),
  };
}

/** @throws DataError SELECTION_INVALID when the set has no picture `index` */
export function checkIndex(set: Pick<LabelledSet, 'name' | 'count'>, index: number): void {
  if (Number.isInteger(index) && index >= 0 && index < set.count) return;
  throw new DataError(
    'SELECTION_INVALID',
    `"${set.name}" has no picture ${index}; its pictures are numbered 0 to ${set.count - 1}.`,
  );
}
