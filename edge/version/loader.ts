import type { Form, Precision } from '../../exporter/contract/form.ts';
import type { Manifest } from '../../exporter/contract/manifest.ts';
import { OrtInstance } from '../runtime/instance.ts';
import type { ChannelStore, StoredManifest } from './channel-store.ts';
import { preferredForms } from './form-choice.ts';
import { loadForm } from './load-form.ts';
import type { LoadLease } from './load-lease.ts';
import type { LoadedVersion } from './loaded-version.ts';
import {
  EMPTY_INSTANCE_BYTES,
  type MemoryNeed,
  memoryNeed,
  openingBlocks,
  totalBytes,
} from './memory-need.ts';
import { OpenGraphs } from './open-graphs.ts';
import { verifyPart } from './receive-part.ts';
import type { Turnstile } from './turnstile.ts';
import { VersionError } from './version-error.ts';

/** Loads versions into the isolate's one wasm instance: a second one would hold its memory for good. */
export class Loader {
  readonly #store: ChannelStore;
  readonly #turnstile: Turnstile;
  readonly #heapCapBytes: number;
  readonly #precisions: readonly Precision[];
  #target: { readonly instance: OrtInstance; readonly graphs: OpenGraphs } | null = null;
  /** The most that a run of any version so far takes. */
  #running = 0;

  constructor(
    store: ChannelStore,
    turnstile: Turnstile,
    options: { heapCapBytes: number; precisions: readonly Precision[] },
  ) {
    this.#store = store;
    this.#turnstile = turnstile;
    this.#heapCapBytes = options.heapCapBytes;
    this.#precisions = options.precisions;
  }

  /** Bytes of the wasm heap, 0 before the first load. */
  get heapBytes(): number {
    return this.#target?.instance.heap.bytes ?? 0;
  }

  /** Whether the instance is lost, and with it every version in it; the next load makes a new one. */
  get lost(): boolean {
    return this.#target?.instance.lost ?? false;
  }

  /**
   * Loads the best form of a version that memory allows: beside what is loaded, else in the place of the
   * version that serves.
   * @param vacate releases the versions in use; null where they must stay
   * @throws VersionError, ContractError or RuntimeError: why the version must not serve
   */
  async load(
    stored: StoredManifest,
    lease: LoadLease,
    vacate: (() => void) | null,
  ): Promise<LoadedVersion> {
    const { instance, graphs } = await this.#ensureInstance(lease);
    const groups = preferredForms(stored.manifest, this.#precisions, (form) => graphs.has(form));
    const loadBeside = (form: Form) => {
      const need = this.#need(stored.manifest, form, graphs);
      const [store, turnstile] = [this.#store, this.#turnstile];
      return loadForm({ instance, graphs, store, turnstile, stored, form, need }, lease);
    };
    for (const forms of groups) {
      const beside = forms.find((form) => this.#fitsBeside(stored.manifest, form));
      if (beside) return loadBeside(beside);
      const alone = vacate && forms.find((form) => this.#fitsAlone(stored.manifest, form));
      if (!alone) continue;
      await this.#verifyParts(alone, lease);
      vacate();
      return loadBeside(alone);
    }
    throw new VersionError(
      'NO_HEADROOM',
      `No form of version ${stored.manifest.version} fits into the heap below its cap of ${this.#heapCapBytes} bytes; raise HEAP_CAP_MIB where the host allows, or export a smaller form.`,
    );
  }

  async #ensureInstance(lease: LoadLease) {
    if (this.lost) this.#target = null;
    const instance = this.#target?.instance ?? (await OrtInstance.create(this.#heapCapBytes));
    lease.check();
    this.#target ??= { instance, graphs: new OpenGraphs(instance) };
    return this.#target;
  }

  #need(manifest: Manifest, form: Form, graphs: OpenGraphs): MemoryNeed {
    const need = memoryNeed(manifest, form, graphs.has(form));
    this.#running = Math.max(this.#running, need.running);
    return { ...need, running: this.#running };
  }

  #fitsBeside(manifest: Manifest, form: Form): boolean {
    const { instance, graphs } = this.#target!;
    const { graph, weights, opening, running } = this.#need(manifest, form, graphs);
    const blocks = [...openingBlocks(opening), running];
    return instance.guard(() => instance.slots.fit([graph, weights], blocks));
  }

  #fitsAlone(manifest: Manifest, form: Form): boolean {
    return (
      EMPTY_INSTANCE_BYTES + totalBytes(memoryNeed(manifest, form, false)) <= this.#heapCapBytes
    );
  }

  /** Reads the parts once for their digests alone, so that a damaged one costs no version that serves. */
  async #verifyParts({ graph, weights }: Form, lease: LoadLease): Promise<void> {
    for (const part of [graph, ...(weights ? [weights] : [])]) {
      const body = await this.#store.part(part.sha256);
      lease.check();
      await verifyPart(part, body, lease);
    }
  }
}
