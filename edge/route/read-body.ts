import { EdgeError } from './edge-error.ts';

/**
 * Reads the body up to a bound that is held while reading, whatever Content-Length says. Nothing is
 * decompressed: a small body cannot become a large one.
 * @throws EdgeError MEDIA_TYPE_UNSUPPORTED, BODY_TOO_LARGE or BODY_EMPTY
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const coding = request.headers.get('content-encoding') ?? 'identity';
  if (coding.trim().toLowerCase() !== 'identity') {
    throw new EdgeError(
      'MEDIA_TYPE_UNSUPPORTED',
      `A body of Content-Encoding ${JSON.stringify(coding)} is not taken; send it as it is.`,
      { headers: { 'accept-encoding': 'identity' } },
    );
  }
  const stated = Number(request.headers.get('content-length') ?? 0);
  if (stated > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  if (length === 0) {
    throw new EdgeError('BODY_EMPTY', 'The body is empty; send the bytes of a picture.');
  }
  return join(chunks, length);
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first) return first;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function tooLarge(maxBytes: number): EdgeError {
  return new EdgeError('BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes; send less.`);
}
