/** Where a table starts, in bytes. */
export type TableAt = number;

/** Reads tables of a flatbuffer by the positions of their fields, without a schema. */
export class FlatbufferReader {
  readonly #file: Uint8Array;
  readonly #view: DataView;

  constructor(file: Uint8Array) {
    this.#file = file;
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  }

  root(): TableAt {
    return this.#follow(0);
  }

  /** Where the layout of a table lies, which tables of the same fields share. */
  layoutOf(table: TableAt): number {
    return table - this.#view.getInt32(table, true);
  }

  /** What a field refers to, or null where the table has none. */
  table(table: TableAt, field: number): TableAt | null {
    const at = this.#field(table, field);
    return at === null ? null : this.#follow(at);
  }

  /** The tables that a field lists. */
  vector(table: TableAt, field: number): TableAt[] {
    const start = this.table(table, field);
    if (start === null) return [];
    const length = this.#view.getUint32(start, true);
    return Array.from({ length }, (_, index) => this.#follow(start + 4 + 4 * index));
  }

  text(table: TableAt, field: number): string {
    const start = this.table(table, field);
    if (start === null) return '';
    const bytes = this.#file.subarray(start + 4, start + 4 + this.#view.getUint32(start, true));
    return new TextDecoder().decode(bytes);
  }

  byte(table: TableAt, field: number): number {
    const at = this.#field(table, field);
    return at === null ? 0 : this.#view.getInt8(at);
  }

  word(table: TableAt, field: number): number {
    const at = this.#field(table, field);
    return at === null ? 0 : this.#view.getUint32(at, true);
  }

  #field(table: TableAt, field: number): number | null {
    const layout = this.layoutOf(table);
    const entry = 4 + 2 * field;
    const offset =
      entry < this.#view.getUint16(layout, true) ? this.#view.getUint16(layout + entry, true) : 0;
    return offset === 0 ? null : table + offset;
  }

  #follow(at: number): number {
    return at + this.#view.getUint32(at, true);
  }
}
