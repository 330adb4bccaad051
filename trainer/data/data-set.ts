import { createHash } from 'node:crypto';
import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import type { PictureSet } from './picture-set.ts';

/** What a network is trained and tested on. */
export interface DataSet {
  readonly name: string;
  readonly train: PictureSet;
  readonly test: PictureSet;
  /** How the pixels of both parts become the network's input. */
  readonly preprocessing: Preprocessing;
  /** Hexadecimal SHA-256 of both parts: sizes, label names, labels and pixels. */
  fingerprint(): string;
}

/** Puts two sets of the same labels and size together. */
export function dataSet(
  name: string,
  train: PictureSet,
  test: PictureSet,
  channels: Pick<Preprocessing, 'mean' | 'std'>,
): DataSet {
  const { height, width } = train;
  let fingerprint: string | undefined;
  return {
    name,
    train,
    test,
    preprocessing: { height, width, resize: 'bilinear-antialias', ...channels },
    fingerprint() {
      fingerprint ??= digest([train, test]);
      return fingerprint;
    },
  };
}

function digest(sets: readonly PictureSet[]): string {
  const hash = createHash('sha256');
  for (const { height, width, labelNames, count, labels, pixels } of sets) {
    hash.update(JSON.stringify({ height, width, labelNames, count }));
    hash.update(labels).update(pixels);
  }
  return hash.digest('hex');
}
