import { DataError } from '../data-error.ts';

const block = 512;
const regularFile = new Set(['0', '\0']);

/** A regular file of a tar archive. */
export interface TarFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads the regular files of a tar archive (POSIX.1-1988 ustar and older) one by one, each whole in memory.
 * Entries of other kinds are passed over.
 * @throws DataError ARCHIVE_INVALID when a header is damaged or the archive is cut off
 */
export async function* tarFiles(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarFile> {
  const source = new ByteSource(chunks);
  for (let header = await source.take(block); !isEnd(header); header = await source.take(block)) {
    checkHeader(header);
    const size = octal(header, 124, 12);
    const bytes = await source.take(Math.ceil(size / block) * block);
    if (regularFile.has(text(header, 156, 1) || '\0')) {
      yield { name: text(header, 0, 100), bytes: bytes.subarray(0, size) };
    }
  }
}

/** Takes exact numbers of bytes from a stream of chunks. */
class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Uint8Array> {
    const taken = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) throw new DataError('ARCHIVE_INVALID', 'The archive is cut off.');
        this.#rest = next.value;
      }
      const piece = this.#rest.subarray(0, length - filled);
      taken.set(piece, filled);
      filled += piece.length;
      this.#rest = this.#rest.subarray(piece.length);
    }
    return taken;
  }
}

function isEnd(header: Uint8Array): boolean {
  return header.every((byte) => byte === 0);
}

/** The checksum is the sum of the header's bytes, its own eight taken as spaces. */
function checkHeader(header: Uint8Array): void {
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (sum === octal(header, 148, 8)) return;
  throw new DataError(
    'ARCHIVE_INVALID',
    'The archive is not a tar, or one of its headers is damaged.',
  );
}

function text(header: Uint8Array, offset: number, length: number): string {
  const field = header.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return Buffer.from(end === -1 ? field : field.subarray(0, end)).toString('latin1');
}

function octal(header: Uint8Array, offset: number, length: number): number {
  return Number.parseInt(text(header, offset, length).trim(), 8);
}
