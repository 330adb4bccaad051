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

/** Run as a worker thread, the preprocessing being its data. */
parentPort?.on('message', ({ pictures, place, remote }: BatchRequest) => {
  const batch = augmentedBatch(pictures, workerData as Preprocessing, place);
  const { images, oneHot } = batch;
  remote.postMessage(batch, [images.buffer as ArrayBuffer, oneHot.buffer as ArrayBuffer]);
  remote.close();
});
