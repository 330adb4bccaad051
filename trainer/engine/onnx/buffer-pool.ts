/**
 * Keeps the arrays of disposed values for the next run of the same size: a training step then writes
 * its new state where the state before the last one lay, without allocating.
 */
export class BufferPool {
  #free = new Map<number, Float32Array[]>();

  take(length: number): Float32Array {
    return this.#free.get(length)?.pop() ?? new Float32Array(length);
  }

  give(buffer: Float32Array): void {
    const list = this.#free.get(buffer.length);
    if (list) list.push(buffer);
    else this.#free.set(buffer.length, [buffer]);
  }
}
