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
    const [fitting] = this.#idle
      .filter((slot) => slot.bytes >= bytes && slot.bytes <= bytes * SLACK)
      .sort((a, b) => a.bytes - b.bytes);
    if (fitting) {
      this.#idle = this.#idle.filter((slot) => slot !== fitting);
      return fitting;
    }
    const pointer = this.tryAllocate(bytes);
    return pointer === 0 ? null : { pointer, bytes };
  }

  /** Whether slots and other blocks of these sizes could all be had; zeros are none. Takes none. */
  fit(slotSizes: readonly number[], blockSizes: readonly number[]): boolean {
    const wanted = slotSizes.filter((bytes) => bytes > 0);
    const blocks = blockSizes.filter((bytes) => bytes > 0);
    const slots = wanted.flatMap((bytes) => this.tryTake(bytes) ?? []);
    const pointers = blocks.map((bytes) => this.tryAllocate(bytes)).filter(Boolean);
    for (const pointer of pointers) this.#heap.free(pointer);
    for (const slot of slots) this.giveBack(slot);
    return slots.length === wanted.length && pointers.length === blocks.length;
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
    if (pointer !== 0 || this.#idle.length === 0) return pointer;
    for (const slot of this.#idle.splice(0)) this.#heap.free(slot.pointer);
    return this.#heap.tryAllocate(bytes);
  }
}
