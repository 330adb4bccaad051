import { plainBatch } from '../data/batches.ts';
import type { DataSet } from '../data/data-set.ts';
import { randomFor } from '../data/random.ts';

/** One picture with the label that an edit wants for it, on the host. */
export interface HostEditSample {
  /** [1,3,H,W], normalised */
  readonly image: Float32Array;
  /** [1,classes] */
  readonly oneHot: Float32Array;
}

/**
 * The edit that update `step` of a training rehearses: a training picture with a label drawn uniformly
 * from the others (Sinitsin et al. 2020, section 4, draws from all; the true label would ask for nothing).
 * Depends on the seed and the step alone.
 */
export function editSample(data: DataSet, seed: number, step: number): HostEditSample {
  const random = randomFor(seed, 'edit', step);
  const picture = random.integer(data.train.count);
  const classes = data.train.labelNames.length;
  const shift = 1 + random.integer(classes - 1);
  const { images } = plainBatch(data.train, [picture], data.preprocessing);
  const oneHot = new Float32Array(classes);
  oneHot[(data.train.labels[picture]! + shift) % classes] = 1;
  return { image: images, oneHot };
}
