import type { TableAt } from './flatbuffer-reader.ts';

/** Where a reference is kept, to be filled in. */
export type ReferenceAt = number;

const WORD = 4;

/**
 * Writes a flatbuffer from front to back, parents before children. Each table is preceded by a layout of
 * its own, and every field takes a word, so that the same calls give the same bytes.
 */
export class FlatbufferWriter {
  #buffer = Buffer.alloc(1 << 16);
  #end = 2 * WORD;

  /** @param identifier four characters. The first table is the root. */
  constructor(identifier: string) {
    this.#buffer.write(identifier, WORD, 'latin1');
  }

  /** A table of `fields` words, all absent until they are set. */
  table(fields: number): TableAt {
    const layout = this.#take(2 * WORD + WORD * Math.ceil(fields / 2));
    const table = this.#take(WORD + WORD * fields);
    this.#buffer.writeUInt16LE(WORD + 2 * fields, layout);
    this.#buffer.writeUInt16LE(WORD + WORD * fields, layout + 2);
    this.#buffer.writeInt32LE(table - layout, table);
    if (this.#buffer.readUInt32LE(0) === 0) this.#buffer.writeUInt32LE(table, 0);
    return table;
  }

  /** Sets a field of one byte or one word. */
  number(table: TableAt, field: number, value: number): void {
    this.#buffer.writeUInt32LE(value, this.reference(table, field));
  }

  /** Sets a field to what `write` writes. */
  child(table: TableAt, field: number, write: () => number): void {
    const at = this.reference(table, field);
    this.resolve(at, write());
  }

  /** Sets a field to a list of what `write` writes of each item. */
  children<T>(
    table: TableAt,
    field: number,
    items: readonly T[],
    write: (item: T) => TableAt,
  ): void {
    this.child(table, field, () => {
      const start = this.#take(WORD + WORD * items.length);
      this.#buffer.writeUInt32LE(items.length, start);
      for (const [index, item] of items.entries()) {
        this.resolve(start + WORD + WORD * index, write(item));
      }
      return start;
    });
  }

  /** A string, ended by a zero. @returns where it starts */
  text(text: string): number {
    const bytes = new TextEncoder().encode(text);
    const start = this.#take(WORD + bytes.length + 1);
    this.#buffer.writeUInt32LE(bytes.length, start);
    this.#buffer.set(bytes, start + WORD);
    return start;
  }

  /** Makes a field present. @returns where its word lies */
  reference(table: TableAt, field: number): ReferenceAt {
    const layout = table - this.#buffer.readInt32LE(table);
    this.#buffer.writeUInt16LE(WORD + WORD * field, layout + WORD + 2 * field);
    return table + WORD + WORD * field;
  }

  /** Lets a reference point to a position behind it. */
  resolve(at: ReferenceAt, target: number): void {
    this.#buffer.writeUInt32LE(target - at, at);
  }

  /** Goes on at a position that leaves `rest` when divided by `alignment`. @returns the position */
  alignTo(alignment: number, rest: number): number {
    while (this.#end % alignment !== rest) this.#take(WORD);
    return this.#end;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#end);
  }

  /** Takes zeroed bytes, up to a whole word. @returns where they start */
  #take(bytes: number): number {
    const start = this.#end;
    this.#end += WORD * Math.ceil(bytes / WORD);
    while (this.#end > this.#buffer.length) {
      this.#buffer = Buffer.concat([this.#buffer, Buffer.alloc(this.#buffer.length)]);
    }
    return start;
  }
}
