import { createHash } from 'node:crypto';
import type { PendingUpload } from '../object-store.ts';
import { repeatFailed } from '../repeat-failed.ts';
import { BegunAnswer, CompletedAnswer, PiecesAnswer, UploadsAnswer } from './answers.ts';
import type { S3Client } from './s3-client.ts';

/** An object that is uploaded in pieces. */
export interface PiecewiseObject {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** Of every piece but the last. */
  readonly pieceBytes: number;
}

/**
 * Uploads an object in pieces, each repeated where it fails. An upload to the same key that broke off is
 * gone on with: the pieces that are there already, of the right size and, where the store's ETags are
 * MD5 digests, of the right content, are not sent again. Only for keys that are derived from the content.
 * @throws RegistryError STORE_FAILED; what was uploaded so far stays for the next attempt
 */
export async function uploadInParts(
  client: S3Client,
  { key, bytes, headers, pieceBytes }: PiecewiseObject,
): Promise<{ etag: string }> {
  const what = `upload ${key}`;
  const pending = (await listUploads(client, key))?.filter((upload) => upload.key === key) ?? [];
  const id = pending.at(-1)?.id ?? (await beginUpload(client, key, headers));
  const present = pending.length > 0 ? await listPieces(client, key, id) : new Map();
  const etags: string[] = [];
  for (let number = 1; (number - 1) * pieceBytes < bytes.length; number++) {
    const body = bytes.subarray((number - 1) * pieceBytes, number * pieceBytes);
    const known = present.get(number);
    if (known && holds(known, body)) {
      etags.push(known.etag);
      continue;
    }
    const query = { partNumber: String(number), uploadId: id };
    const { headers } = await repeatFailed(() =>
      client.send({ method: 'PUT', key, query, body, what }),
    );
    etags.push(headers.get('etag') ?? '');
  }
  return completeUpload(client, key, id, etags);
}

/** The uploads to keys below a prefix that are pending, oldest first; null where the store cannot tell. */
export async function listUploads(
  client: S3Client,
  prefix: string,
): Promise<PendingUpload[] | null> {
  const uploads: PendingUpload[] = [];
  let marker: Record<string, string> = {};
  for (;;) {
    const { body } = await client.send({
      method: 'GET',
      key: '',
      query: { uploads: '', prefix, ...marker },
      what: 'list pending uploads',
      expected: [400, 404, 405, 501],
    });
    const page = client.parse(body, UploadsAnswer)?.ListMultipartUploadsResult;
    if (!page) return null;
    for (const { Key: key, UploadId: id, Initiated: begun } of page.Upload) {
      uploads.push({ key, id, begun });
    }
    if (page.IsTruncated !== 'true') break;
    marker = { 'key-marker': page.NextKeyMarker, 'upload-id-marker': page.NextUploadIdMarker };
  }
  return uploads.sort((left, right) => left.begun.getTime() - right.begun.getTime());
}

/** Discards an upload; one that is gone is no error. */
export async function abortUpload(client: S3Client, { key, id }: PendingUpload): Promise<void> {
  const query = { uploadId: id };
  const what = `abort the upload of ${key}`;
  await client.send({ method: 'DELETE', key, query, what, expected: [404] });
}

interface Piece {
  readonly etag: string;
  readonly size: number;
}

function holds({ etag, size }: Piece, body: Uint8Array): boolean {
  if (size !== body.length) return false;
  const digest = /^"?([0-9a-f]{32})"?$/.exec(etag)?.[1];
  return digest === undefined || digest === createHash('md5').update(body).digest('hex');
}

async function beginUpload(
  client: S3Client,
  key: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const what = `begin the upload of ${key}`;
  const answer = await client.send({ method: 'POST', key, query: { uploads: '' }, headers, what });
  const id = client.parse(answer.body, BegunAnswer)?.InitiateMultipartUploadResult.UploadId;
  if (!id) throw client.failure(answer, what);
  return id;
}

/** The pieces of a pending upload by number; none where the store cannot list them. */
async function listPieces(
  client: S3Client,
  key: string,
  id: string,
): Promise<ReadonlyMap<number, Piece>> {
  const pieces = new Map<number, Piece>();
  let marker: Record<string, string> = {};
  for (;;) {
    const { body } = await client.send({
      method: 'GET',
      key,
      query: { uploadId: id, ...marker },
      what: `list the pieces of ${key}`,
      expected: [400, 405, 501],
    });
    const page = client.parse(body, PiecesAnswer)?.ListPartsResult;
    for (const { PartNumber, ETag, Size } of page?.Part ?? []) {
      pieces.set(PartNumber, { etag: ETag, size: Size });
    }
    if (page?.IsTruncated !== 'true') return pieces;
    marker = { 'part-number-marker': page.NextPartNumberMarker };
  }
}

async function completeUpload(
  client: S3Client,
  key: string,
  id: string,
  etags: readonly string[],
): Promise<{ etag: string }> {
  const what = `complete the upload of ${key}`;
  const parts = etags.map(
    (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
  );
  const xml = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
  const body = new TextEncoder().encode(xml);
  const answer = await client.send({ method: 'POST', key, query: { uploadId: id }, body, what });
  // An answer of 200 is begun before the work is done, and can end in an error.
  const etag = client.parse(answer.body, CompletedAnswer)?.CompleteMultipartUploadResult.ETag;
  if (!etag) throw client.failure(answer, what);
  return { etag };
}
