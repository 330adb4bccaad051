import type { Pointer } from '../../exporter/contract/pointer.ts';
import type { StoredPointer } from './channel-store.ts';
import { VersionError } from './version-error.ts';

/** The channel's pointer as this isolate knows it. */
export class FollowedPointer {
  readonly #ttlMs: number;
  #pointer: Pointer | null = null;
  /** The newest that was followed; it stays when the pointer is deleted. */
  #sequence = 0;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  /** As it was last read; null where there was none. */
  get pointer(): Pointer | null {
    return this.#pointer;
  }

  /** Whether it is so old that it is to be read again. */
  get stale(): boolean {
    return Date.now() - this.#readAt >= this.#ttlMs;
  }

  /** It is being read now. */
  renew(): void {
    this.#readAt = Date.now();
  }

  /** @throws VersionError POINTER_REPLAYED where a newer one was followed before */
  follow(pointer: Pointer | null): void {
    if (pointer !== null && pointer.sequence < this.#sequence) {
      throw new VersionError(
        'POINTER_REPLAYED',
        `The pointer has sequence ${pointer.sequence}, and one of ${this.#sequence} was followed before; publish again.`,
      );
    }
    this.#pointer = pointer;
    this.#sequence = pointer?.sequence ?? this.#sequence;
  }

  /** The later of this one and a stored one, which the next has to follow. */
  latest(stored: StoredPointer | null): Pointer | null {
    const [found, known] = [stored?.pointer ?? null, this.#pointer];
    return (known?.sequence ?? 0) > (found?.sequence ?? 0) ? known : found;
  }

  /** The versions that the channel serves, tries or served. */
  get versions(): readonly number[] {
    if (this.#pointer === null) return [];
    const { version, rollout, history } = this.#pointer;
    return [version, ...(rollout ? [rollout.version] : []), ...history];
  }
}
