import { OrtInstance } from '../runtime/instance.ts';
import type { ChannelStore, StoredManifest } from './channel-store.ts';
import type { LoadLease } from './load-lease.ts';
import { LoadedVersion } from './loaded-version.ts';

/** Loads versions into the isolate's one wasm instance: a second one would hold its memory for good. */
export class Loader {
  readonly #store: ChannelStore;
  readonly #heapCapBytes: number;
  #instance: OrtInstance | null = null;

  constructor(store: ChannelStore, heapCapBytes: number) {
    this.#store = store;
    this.#heapCapBytes = heapCapBytes;
  }

  /** Bytes of the wasm heap, 0 before the first load. */
  get heapBytes(): number {
    return this.#instance?.heap.bytes ?? 0;
  }

  /** Whether the instance is lost, and with it every version in it; the next load makes a new one. */
  get lost(): boolean {
    return this.#instance?.lost ?? false;
  }

  /** @throws VersionError, ContractError or RuntimeError: why the version must not serve */
  async load(stored: StoredManifest, lease: LoadLease): Promise<LoadedVersion> {
    if (this.lost) this.#instance = null;
    const instance = this.#instance ?? (await OrtInstance.create(this.#heapCapBytes));
    lease.check();
    this.#instance = instance;
    return LoadedVersion.load(instance, this.#store, stored, lease);
  }
}
