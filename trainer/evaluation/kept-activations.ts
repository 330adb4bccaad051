import type { Value } from '../engine/engine.ts';
import type { Stage } from '../network/architecture.ts';
import type { ActivationStore, ActivationStores } from './activation-store.ts';
import type { ActivationSource } from './run-batches.ts';

/** What stages take of one set of pictures, kept batch by batch. */
export class KeptActivations {
  #stores: ActivationStores;
  #batches: number;
  #kept = new Map<Stage, { store: ActivationStore; shape: readonly number[] }>();

  /** @param batches how many there will be; none larger than the first */
  constructor(stores: ActivationStores, batches: number) {
    this.#stores = stores;
    this.#batches = batches;
  }

  /** @param value [N,H,W,C], the next batch of what `stage` takes */
  async add(stage: Stage, value: Value): Promise<void> {
    const data = await value.read();
    let kept = this.#kept.get(stage);
    if (!kept) {
      const store = await this.#stores.open(this.#batches, data.length);
      kept = { store, shape: value.shape.slice(1) };
      this.#kept.set(stage, kept);
    }
    await kept.store.add(data);
  }

  get sources(): [Stage, ActivationSource][] {
    return [...this.#kept].map(([stage, { store, shape }]) => [
      stage,
      { shape, read: (index) => store.read(index) },
    ]);
  }

  async dispose(): Promise<void> {
    const kept = [...this.#kept.values()];
    this.#kept.clear();
    for (const { store } of kept) await store.dispose();
  }
}
