import { sha256 } from '../../contract/digest.ts';
import { objectKey } from '../../contract/object-key.ts';
import type {
  ObjectRecord,
  ObjectStore,
  PendingUpload,
  PutCondition,
  StoredObject,
} from '../object-store.ts';
import { keepsConditions } from '../probe.ts';
import { RegistryError } from '../registry-error.ts';
import { RetryingStore } from '../retrying-store.ts';
import { ListAnswer } from './answers.ts';
import { parseS3Location } from './location.ts';
import { abortUpload, listUploads, uploadInParts } from './multipart.ts';
import { S3Client } from './s3-client.ts';

/** S3 asks for pieces of at least 5 MiB, and R2 for pieces of one size. */
const PIECE_BYTES = 8 * 2 ** 20;

/** The digest that an object was written with. */
const DIGEST = 'x-amz-meta-sha256';

/**
 * Opens a bucket behind the S3 API: R2 on Cloudflare, AWS, or another store that has it.
 * @param location `s3://<bucket>?endpoint=<url>&region=<region>`
 * @param pieceBytes parts of artifacts that are larger are uploaded in pieces of this size
 * @throws RegistryError LOCATION_INVALID, CREDENTIALS_MISSING
 */
export async function openS3Store(
  location: string,
  environment: NodeJS.ProcessEnv = process.env,
  pieceBytes: number = PIECE_BYTES,
): Promise<ObjectStore> {
  const client = await S3Client.create(parseS3Location(location, environment));
  return new RetryingStore(new S3Store(client, pieceBytes));
}

class S3Store implements ObjectStore {
  readonly description: string;
  readonly #client: S3Client;
  readonly #pieceBytes: number;
  #keepsConditions: Promise<boolean> | undefined;

  constructor(client: S3Client, pieceBytes: number) {
    this.description = client.description;
    this.#client = client;
    this.#pieceBytes = pieceBytes;
  }

  async get(key: string): Promise<StoredObject | null> {
    const what = `read ${key}`;
    const answer = await this.#client.send({ method: 'GET', key, what, expected: [404] });
    if (answer.status === 404) return this.#absent(answer, what);
    const { headers, body } = answer;
    return { bytes: body, ...this.#record(headers, what) };
  }

  async head(key: string): Promise<ObjectRecord | null> {
    const what = `look up ${key}`;
    const { status, headers } = await this.#client.send({
      method: 'HEAD',
      key,
      what,
      expected: [404],
    });
    if (status === 404) return null;
    return { size: Number(headers.get('content-length')), ...this.#record(headers, what) };
  }

  async put(
    key: string,
    bytes: Uint8Array,
    condition?: PutCondition,
  ): Promise<{ etag: string } | null> {
    if (condition) await this.#requireConditions();
    if (bytes.length > this.#pieceBytes && key.startsWith(objectKey.partPrefix)) {
      return this.#putInParts(key, bytes, condition);
    }
    return this.#putWhole(key, bytes, condition);
  }

  async list(prefix: string): Promise<readonly string[]> {
    const what = `list ${prefix}`;
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const query = {
        'list-type': '2',
        prefix,
        ...(token === undefined ? {} : { 'continuation-token': token }),
      };
      const answer = await this.#client.send({ method: 'GET', key: '', query, what });
      const page = this.#client.parse(answer.body, ListAnswer)?.ListBucketResult;
      if (!page) throw this.#client.failure(answer, what);
      for (const { Key } of page.Contents) keys.push(Key);
      token = page.IsTruncated === 'true' ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
    return keys;
  }

  async delete(key: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', key, what: `delete ${key}`, expected: [404] });
  }

  uploads(): Promise<readonly PendingUpload[] | null> {
    return listUploads(this.#client, '');
  }

  abortUpload(upload: PendingUpload): Promise<void> {
    return abortUpload(this.#client, upload);
  }

  async close(): Promise<void> {}

  /**
   * Parts are found by content, so that whoever writes one writes the same: their condition is looked
   * at once and need not hold to the end.
   */
  async #putInParts(key: string, bytes: Uint8Array, condition?: PutCondition) {
    const present = condition && (await this.head(key));
    if (condition && 'ifMatch' in condition && present?.etag !== condition.ifMatch) return null;
    if (condition && 'ifNoneMatch' in condition && present) return null;
    const headers = { [DIGEST]: await sha256(bytes) };
    return uploadInParts(this.#client, { key, bytes, headers, pieceBytes: this.#pieceBytes });
  }

  async #putWhole(key: string, body: Uint8Array, condition?: PutCondition) {
    const what = `write ${key}`;
    const { status, headers } = await this.#client.send({
      method: 'PUT',
      key,
      body,
      what,
      headers: {
        [DIGEST]: await sha256(body),
        ...(key.endsWith('.json') ? { 'content-type': 'application/json' } : {}),
        ...(condition ? conditionHeaders(condition) : {}),
      },
      // 404 is how some answer where what should match is gone.
      expected: condition ? ('ifMatch' in condition ? [404, 412] : [412]) : [],
    });
    return status === 404 || status === 412 ? null : { etag: this.#etag(headers, what) };
  }

  /** Asks once whether the store keeps to conditions, which its documentation alone does not prove. */
  async #requireConditions(): Promise<void> {
    this.#keepsConditions ??= keepsConditions({
      put: (...write) => this.#putWhole(...write),
      delete: (key) => this.delete(key),
    });
    const kept = await this.#keepsConditions.catch((error) => {
      this.#keepsConditions = undefined;
      throw error;
    });
    if (kept) return;
    throw new RegistryError(
      'CONDITIONS_IGNORED',
      `The ${this.description} writes whatever the condition (If-Match, If-None-Match), so that two publishers could overwrite each other; use a store that keeps to conditions, such as R2. Nothing was changed.`,
    );
  }

  /** Null where the object is absent; where the bucket is, that is an error. */
  #absent(answer: Parameters<S3Client['failure']>[0], what: string): null {
    const error = this.#client.failure(answer, what);
    if (error.code === 'STORE_UNAVAILABLE') throw error;
    return null;
  }

  #record(headers: Headers, what: string): Omit<ObjectRecord, 'size'> {
    return {
      etag: this.#etag(headers, what),
      sha256: headers.get(DIGEST),
      modified: new Date(headers.get('last-modified') ?? Number.NaN),
    };
  }

  #etag(headers: Headers, what: string): string {
    const etag = headers.get('etag');
    if (etag !== null) return etag;
    throw new RegistryError('STORE_REFUSED', `The ${this.description} gave no ETag to ${what}.`);
  }
}

function conditionHeaders(condition: PutCondition): Record<string, string> {
  return 'ifMatch' in condition
    ? { 'if-match': condition.ifMatch }
    : { 'if-none-match': condition.ifNoneMatch };
}
