import { corrupt } from '../picture-error.ts';

/** DEFLATE cannot expand by more than this (RFC 1951: 258 bytes for 2 bits). */
const MOST_EXPANSION = 1032;

/** Compressed bytes handed over at once: what they can expand to stays small. */
const SLICE = 16 * 1024;

/**
 * Inflates the first `size` bytes of a zlib stream given in parts. What follows them is not inflated, so
 * that a small file cannot claim more memory than its header states.
 * @throws PictureError PICTURE_CORRUPT when the stream is damaged or too short
 */
export async function inflate(parts: readonly Uint8Array[], size: number): Promise<Uint8Array> {
  const compressed = parts.reduce((sum, part) => sum + part.length, 0);
  if (size > compressed * MOST_EXPANSION)
    throw corrupt('PNG', 'holds less data than its size needs');
  const stream = new DecompressionStream('deflate');
  const reader = stream.readable.getReader();
  const fed = feed(stream.writable.getWriter(), parts);
  const inflated = new Uint8Array(size);
  let filled = 0;
  try {
    while (filled < size) {
      const { done, value } = await reader.read();
      if (done) break;
      inflated.set(value.subarray(0, size - filled), filled);
      filled += Math.min(value.length, size - filled);
    }
  } catch (cause) {
    throw corrupt('PNG', 'has damaged compressed data', cause);
  } finally {
    await reader.cancel().catch(() => {});
    await fed;
  }
  if (filled < size) throw corrupt('PNG', 'holds less data than its size needs');
  return inflated;
}

/** Never rejects: what is wrong with the data reaches the reading side. */
async function feed(
  writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>,
  parts: readonly Uint8Array[],
): Promise<void> {
  try {
    for (const part of parts) {
      for (let offset = 0; offset < part.length; offset += SLICE) {
        await writer.write(part.slice(offset, offset + SLICE));
      }
    }
    await writer.close();
  } catch {
    writer.closed.catch(() => {});
  }
}
