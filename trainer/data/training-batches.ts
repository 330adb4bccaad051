import { MessageChannel, Worker } from 'node:worker_threads';
import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import type { BatchRequest, BatchSettings } from './batch-worker.ts';
import { type Batch, type BatchOrder, batchOrder } from './batches.ts';
import { type PictureSet, subset } from './picture-set.ts';

interface Pending {
  readonly epoch: number;
  readonly index: number;
  readonly batch: Promise<Batch>;
}

/**
 * The batches of training: shuffled anew each epoch, each picture seen in a random view. A thread makes the
 * next batch while the one before is computed with; which batch it is depends on the seed, the epoch and the
 * index alone.
 */
export class TrainingBatches {
  readonly perEpoch: number;
  #set: PictureSet;
  #seed: number;
  #order: BatchOrder;
  #worker: Worker;
  #next: Pending | null = null;

  /**
   * @param cutout side of the square that each view hides, in pixels; 0 for none
   * @throws DataError SELECTION_INVALID when `batchSize` is not a whole number from 1 to the set's count
   */
  constructor(
    set: PictureSet,
    preprocessing: Preprocessing,
    { batchSize, seed, cutout }: { batchSize: number; seed: number; cutout: number },
  ) {
    this.#set = set;
    this.#seed = seed;
    this.#order = batchOrder(set, { batchSize, seed });
    this.perEpoch = this.#order.perEpoch;
    const workerData: BatchSettings = { preprocessing, cutout };
    this.#worker = new Worker(new URL('./batch-worker.ts', import.meta.url), { workerData });
    // Batches are waited for where they are needed; nothing waits for the thread itself.
    this.#worker.unref();
  }

  /**
   * Batch `index` of `epoch`, both from 0.
   * @throws DataError SELECTION_INVALID when the epoch has no such batch
   */
  async batch(epoch: number, index: number): Promise<Batch> {
    const ready = this.#next?.epoch === epoch && this.#next.index === index ? this.#next : null;
    const batch = await (ready ?? this.#ask(epoch, index)).batch;
    const last = index + 1 === this.perEpoch;
    this.#next = this.#ask(last ? epoch + 1 : epoch, last ? 0 : index + 1);
    return batch;
  }

  async dispose(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(epoch: number, index: number): Pending {
    const pictures = subset(this.#set, this.#order.chosen(epoch, index));
    const { port1: port, port2: remote } = new MessageChannel();
    const batch = new Promise<Batch>((resolve, reject) => {
      const fail = (error: Error) => reject(error);
      this.#worker.once('error', fail);
      port.once('message', (made: Batch) => {
        this.#worker.removeListener('error', fail);
        port.close();
        resolve(made);
      });
    });
    // A batch that is made ahead may never be asked for.
    batch.catch(() => {});
    const request: BatchRequest = { pictures, place: { seed: this.#seed, epoch, index }, remote };
    this.#worker.postMessage(request, [remote, pictures.pixels.buffer as ArrayBuffer]);
    return { epoch, index, batch };
  }
}
