import type { Heap } from './heap.ts';

/** A block of the heap that holds a part of an artifact. */
export interface Slot {
  readonly pointer: number;
  readonly bytes: number;
}

/** How much larger than asked a slot may be, so that versions of nearly one size share slots. */
const SLACK = 1.125;

/** How many slots are kept for the next part. */
const KEPT = 4;

/**
 * Large blocks of the heap that are kept when their part is released, and given to the next part of
 * about that size. Freed, they would be broken up by small allocations, and the heap would grow with
 * every few swaps. Where the heap is full, they are freed after all.
 */
export class Slots {
  readonly #heap: Heap;
  #idle: Slot[] = [];

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** @returns null where the heap has no room below its cap */
  tryTake(bytes: number): Slot | null {
    const idle = this.#takeIdle(bytes);
    if (idle) return idle;
    const pointer = this.tryAllocate(bytes);
    return pointer === 0 ? null : { pointer, bytes };
  }

  /**
   * Whether slots and other blocks of these sizes could all be had; zeros are none. Takes none, and
   * leaves the heap as large as it is.
   */
  fit(slotSizes: readonly number[], blockSizes: readonly number[]): boolean {
    const taken: Slot[] = [];
    const others: number[] = [];
    for (const bytes of slotSizes.filter((size) => size > 0)) {
      const idle = this.#takeIdle(bytes);
      if (idle) taken.push(idle);
      else others.push(bytes);
    }
    others.push(...blockSizes.filter((size) => size > 0));
    const fits = this.#heap.fits(others) || (this.#freeIdle() && this.#heap.fits(others));
    for (const slot of taken) this.giveBack(slot);
    return fits;
  }

  giveBack(slot: Slot): void {
    this.#idle.push(slot);
    if (this.#idle.length > KEPT) this.#heap.free(this.#idle.shift()!.pointer);
  }

  /**
   * Heap that is no slot; to be freed, not given back.
   * @returns 0 where the heap has no room below its cap
   */
  tryAllocate(bytes: number): number {
    const pointer = this.#heap.tryAllocate(bytes);
    return pointer === 0 && this.#freeIdle() ? this.#heap.tryAllocate(bytes) : pointer;
  }

  #takeIdle(bytes: number): Slot | null {
    const [fitting = null] = this.#idle
      .filter((slot) => slot.bytes >= bytes && slot.bytes <= bytes * SLACK)
      .sort((a, b) => a.bytes - b.bytes);
    this.#idle = this.#idle.filter((slot) => slot !== fitting);
    return fitting;
  }

  /** @returns whether there were any */
  #freeIdle(): boolean {
    const idle = this.#idle.splice(0);
    for (const slot of idle) this.#heap.free(slot.pointer);
    return idle.length > 0;
  }
}
