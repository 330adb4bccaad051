import type { Precision } from '../../exporter/contract/form.ts';
import type { VersionReference } from '../../exporter/contract/pointer.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import type { ChannelStore, StoredManifest } from './channel-store.ts';
import type { LoadLease } from './load-lease.ts';
import type { LoadedVersion } from './loaded-version.ts';
import { Loader } from './loader.ts';
import type { Turnstile } from './turnstile.ts';
import { VersionCache } from './version-cache.ts';
import { VersionError } from './version-error.ts';

/** Which of the loaded versions requests are answered by. */
export interface InUse {
  readonly versions: readonly LoadedVersion[];
  /** Takes them out of use, where one does not fit beside them. Requests wait from then on. */
  vacate(): void;
}

/** The versions that this isolate has loaded, and the loading of others. */
export class LoadedVersions {
  readonly #store: ChannelStore;
  readonly #loader: Loader;
  readonly #cache: VersionCache;
  readonly #inUse: InUse;
  #loads = 0;

  constructor(
    store: ChannelStore,
    turnstile: Turnstile,
    options: { heapCapBytes: number; precisions: readonly Precision[] },
    inUse: InUse,
  ) {
    this.#store = store;
    this.#loader = new Loader(store, turnstile, options);
    this.#cache = new VersionCache(() => inUse.versions);
    this.#inUse = inUse;
  }

  /** The longest unused first. */
  get all(): readonly LoadedVersion[] {
    return this.lost ? [] : this.#cache.versions;
  }

  /** Whether the runtime broke down, and all versions with it. */
  get lost(): boolean {
    return this.#loader.lost;
  }

  get heapBytes(): number {
    return this.#loader.heapBytes;
  }

  /** How many versions were loaded so far. */
  get loads(): number {
    return this.#loads;
  }

  /** The loaded version of this number, the last used where there are two. */
  numbered(version: number): LoadedVersion | null {
    return this.lost ? null : this.#cache.numbered(version);
  }

  /** Releases versions that are out of use and more than are kept. */
  trim(): void {
    this.#cache.trim();
  }

  /**
   * A version that is loaded, or is now. It stays loaded until another is.
   * @param wanted by its number alone, or with the digest that its manifest must have
   * @param mayVacate whether it may take the place of those in use
   * @throws VersionError, ContractError or RuntimeError: why it must not serve
   */
  async obtain(
    wanted: number | VersionReference,
    lease: LoadLease,
    { mayVacate }: { mayVacate: boolean },
  ): Promise<LoadedVersion> {
    this.#forgetLost();
    const { version, manifestSha256 } =
      typeof wanted === 'number' ? { version: wanted, manifestSha256: undefined } : wanted;
    const known = manifestSha256 === undefined ? null : this.#cache.get(manifestSha256);
    if (known) return known;
    const stored = await this.#store.manifest(version, manifestSha256);
    lease.check();
    this.#forgetLost();
    const cached = this.#cache.get(stored.sha256);
    if (cached) return cached;
    const loaded = await this.#load(stored, lease, mayVacate);
    this.#loads++;
    this.#cache.add(loaded);
    this.#cache.trim();
    return loaded;
  }

  async #load(stored: StoredManifest, lease: LoadLease, mayVacate: boolean) {
    try {
      this.#cache.releaseIdle();
      const vacate = () => {
        this.#inUse.vacate();
        this.#cache.releaseIdle();
      };
      const loaded = await this.#loader.load(stored, lease, mayVacate ? vacate : null);
      lease.keep();
      return loaded;
    } catch (error) {
      lease.drop();
      if (!(error instanceof RuntimeError && error.code === 'INSTANCE_GONE')) throw error;
      throw new VersionError(
        'NOT_READY',
        `The runtime broke down beside the load of version ${stored.manifest.version}; try again.`,
        { cause: error },
      );
    }
  }

  #forgetLost(): void {
    if (!this.lost) return;
    this.#cache.clear();
    this.#inUse.vacate();
  }
}
