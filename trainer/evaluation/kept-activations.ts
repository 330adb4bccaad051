import type { Value } from '../engine/engine.ts';
import type { ActivationStore } from './activation-store.ts';
import type { ActivationSource } from './run-batches.ts';

/** Something kept of a set of pictures: its batches, and the shape of what one picture gives. */
export interface KeptPart {
  readonly shape: readonly number[];
  readonly store: ActivationStore;
}

/** Makes the store of a part for batches of at most `length` floats. */
export type StoreOpener = (
  part: string,
  shape: readonly number[],
  length: number,
) => Promise<ActivationStore>;

/** What stages take of one set of pictures, and what comes out at the end, kept batch by batch. */
export class KeptActivations {
  #open: StoreOpener;
  #kept = new Map<string, KeptPart>();

  /** @param kept what is there already */
  constructor(open: StoreOpener, kept: Iterable<[string, KeptPart]> = []) {
    this.#open = open;
    this.#kept = new Map(kept);
  }

  /** @param value [N,...], the next batch of that part, none larger than the first */
  async add(part: string, value: Value): Promise<void> {
    const data = await value.read();
    let kept = this.#kept.get(part);
    if (!kept) {
      const shape = value.shape.slice(1);
      kept = { store: await this.#open(part, shape, data.length), shape };
      this.#kept.set(part, kept);
    }
    await kept.store.add(data);
  }

  source(part: string): ActivationSource {
    const { shape, store } = this.#kept.get(part)!;
    return { shape, read: (index) => store.read(index) };
  }

  async dispose(): Promise<void> {
    const kept = [...this.#kept.values()];
    this.#kept.clear();
    for (const { store } of kept) await store.dispose();
  }
}
