import type { OrtInstance } from '../runtime/instance.ts';
import type { Slot } from '../runtime/slots.ts';
import type { LoadLease } from './load-lease.ts';
import { type MemoryNeed, openingBlocks } from './memory-need.ts';
import { VersionError } from './version-error.ts';

/** A slot that a load holds until it is released or handed over. */
export interface OwnedSlot {
  readonly slot: Slot;
  /** Calling it again does nothing. */
  release(): void;
  /** Hands it over: whoever takes it gives it back. */
  handOver(): Slot;
}

/** @throws VersionError NO_HEADROOM; RuntimeError INSTANCE_LOST or INSTANCE_GONE */
export function ownSlot(instance: OrtInstance, bytes: number, lease: LoadLease): OwnedSlot {
  const slot = instance.guard(() => instance.slots.tryTake(bytes));
  if (slot === null) throw noHeadroom(instance, bytes);
  let owned = true;
  const release = () => {
    if (owned && !instance.lost) instance.slots.giveBack(slot);
    owned = false;
  };
  lease.own(release);
  const handOver = () => {
    owned = false;
    return slot;
  };
  return { slot, release, handOver };
}

/**
 * Makes sure that the heap has room for opening a graph and for running it, and keeps the first until it
 * is let go. The second is left free, for the requests that run meanwhile.
 * @returns lets go; calling it again does nothing
 * @throws VersionError NO_HEADROOM; RuntimeError INSTANCE_LOST or INSTANCE_GONE
 */
export function reserve(
  instance: OrtInstance,
  { opening, running }: Pick<MemoryNeed, 'opening' | 'running'>,
  lease: LoadLease,
): () => void {
  const { heap, slots } = instance;
  const blocks = openingBlocks(opening);
  let held = instance.guard(() => blocks.map((bytes) => slots.tryAllocate(bytes)).filter(Boolean));
  const letGo = () => {
    if (!instance.lost) for (const pointer of held) heap.free(pointer);
    held = [];
  };
  lease.own(letGo);
  const free = instance.guard(() => slots.tryAllocate(running));
  if (free !== 0) heap.free(free);
  if (held.length < blocks.length || free === 0) throw noHeadroom(instance, opening + running);
  return letGo;
}

function noHeadroom({ heap }: OrtInstance, bytes: number): VersionError {
  return new VersionError(
    'NO_HEADROOM',
    `The version needs ${bytes} bytes of heap more, and there is no such room below the cap of ${heap.capBytes}; raise HEAP_CAP_MIB where the host allows, or serve a smaller artifact.`,
  );
}
