import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import { augmentedBatch, type BatchPlace } from './batches.ts';
import type { PictureSet } from './picture-set.ts';

/** What the thread is asked for: a batch of these pictures, in this order, to be sent to `remote`. */
export interface BatchRequest {
  readonly pictures: PictureSet;
  readonly place: BatchPlace;
  readonly remote: MessagePort;
}

/** What all batches of a training have in common. */
export interface BatchSettings {
  readonly preprocessing: Preprocessing;
  /** See `augmentedBatch`. */
  readonly cutout: number;
}

/** Run as a worker thread, `BatchSettings` being its data. */
parentPort?.on('message', ({ pictures, place, remote }: BatchRequest) => {
  const { preprocessing, cutout } = workerData as BatchSettings;
  const batch = augmentedBatch(pictures, preprocessing, place, cutout);
  const { images, oneHot } = batch;
  remote.postMessage(batch, [images.buffer as ArrayBuffer, oneHot.buffer as ArrayBuffer]);
  remote.close();
});
