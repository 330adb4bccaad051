import { ContractError } from '../../exporter/contract/contract-error.ts';
import { hexadecimal } from '../../exporter/contract/digest.ts';
import type { Heap } from '../runtime/heap.ts';
import type { LoadLease } from './load-lease.ts';
import { VersionError } from './version-error.ts';

/** What a manifest promises of a part. */
export interface ExpectedPart {
  readonly sha256: string;
  readonly bytes: number;
}

/** Bytes per read: large reads are gathered outside JavaScript, and so wait less behind requests. */
const READ_BYTES = 1 << 20;

/**
 * Streams a part from R2 into `heap`, hashing it on the way; no second whole copy exists.
 * @param pointer where `part.bytes` are allocated
 * @throws ContractError DIGEST_MISMATCH where its bytes are not the promised ones; VersionError
 *   STORAGE_FAILED or LOAD_EXPIRED
 */
export function receivePart(
  heap: Heap,
  pointer: number,
  part: ExpectedPart,
  body: ReadableStream<Uint8Array>,
  lease: LoadLease,
): Promise<void> {
  return readPart(part, body, lease, (bytes, offset) => {
    heap.bytesAt(pointer + offset, bytes.byteLength).set(bytes);
  });
}

/** Streams a part for its digest alone. @throws as `receivePart` does */
export function verifyPart(
  part: ExpectedPart,
  body: ReadableStream<Uint8Array>,
  lease: LoadLease,
): Promise<void> {
  return readPart(part, body, lease, () => {});
}

async function readPart(
  part: ExpectedPart,
  body: ReadableStream<Uint8Array>,
  lease: LoadLease,
  take: (bytes: Uint8Array, offset: number) => void,
): Promise<void> {
  const reader = body.getReader({ mode: 'byob' });
  const digest = new crypto.DigestStream('SHA-256');
  const hash = digest.getWriter();
  // Of a part that breaks off there is no digest: that is told by the break.
  digest.digest.catch(() => {});
  try {
    let buffer = new Uint8Array(READ_BYTES);
    let received = 0;
    for (;;) {
      const { value, done } = await readFrom(reader, buffer);
      lease.check();
      if (value !== undefined && value.byteLength > 0) {
        if (received + value.byteLength > part.bytes) throw mismatch(part, 'more bytes');
        take(value, received);
        received += value.byteLength;
        await hash.write(value);
        lease.check();
      }
      if (done) break;
      buffer = new Uint8Array(value.buffer);
    }
    if (received < part.bytes) throw mismatch(part, `only ${received} bytes`);
    await hash.close();
    const found = hexadecimal(await digest.digest);
    lease.check();
    if (found !== part.sha256) throw mismatch(part, `bytes of SHA-256 ${found}`);
  } catch (error) {
    await Promise.allSettled([reader.cancel(), hash.abort()]);
    throw error;
  }
}

async function readFrom(
  reader: ReadableStreamBYOBReader,
  buffer: Uint8Array<ArrayBuffer>,
): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>> {
  try {
    return await reader.readAtLeast(buffer.byteLength, buffer);
  } catch (cause) {
    throw new VersionError('STORAGE_FAILED', 'The bucket broke off while a part was read.', {
      cause,
    });
  }
}

function mismatch({ sha256, bytes }: ExpectedPart, found: string): ContractError {
  return new ContractError(
    'DIGEST_MISMATCH',
    `The part ${sha256} of ${bytes} bytes holds ${found} in the bucket; publish the version again.`,
  );
}
