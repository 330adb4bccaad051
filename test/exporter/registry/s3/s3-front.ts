import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { R2Bucket, R2Object } from '@cloudflare/workers-types';
import { getPlatformProxy } from 'wrangler';
import { isSigned } from './check-signature.ts';

const CONFIG = fileURLToPath(new URL('../../../../wrangler.toml', import.meta.url));
export const BUCKET = 'patchwork-models';
export const SECRET = 'open sesame';

export const ENVIRONMENT = { AWS_ACCESS_KEY_ID: 'ali', AWS_SECRET_ACCESS_KEY: SECRET };

/** What a front does otherwise than R2 on Cloudflare. */
export interface Whims {
  /** Writes whatever the condition, as older stores do. */
  ignoresConditions?: boolean;
  /** Knows no ListMultipartUploads. */
  hidesUploads?: boolean;
  /** Asked before a request is done: whether it fails, its answer is lost, or it is never answered. */
  fate?: (request: IncomingMessage) => 'fails' | 'is lost' | 'hangs' | undefined;
}

interface Upload {
  readonly key: string;
  readonly begun: Date;
  readonly digest: string;
  readonly pieces: Map<number, Uint8Array>;
}

/**
 * The S3 API in front of wrangler's R2 emulation, over HTTP, as R2 on Cloudflare has it: what is stored,
 * and the conditions of writes, are R2's own. Every request must be signed.
 */
export class S3Front {
  readonly whims: Whims = {};
  readonly uploads = new Map<string, Upload>();
  /** Method and path of each request, oldest first. */
  readonly requests: string[] = [];
  #begun = 0;
  readonly #bucket: R2Bucket;
  readonly #server = createServer((request, response) => this.#serve(request, response));
  readonly #dispose: () => Promise<void>;

  private constructor(bucket: R2Bucket, dispose: () => Promise<void>) {
    this.#bucket = bucket;
    this.#dispose = dispose;
  }

  static async start(folder: string): Promise<S3Front> {
    const proxy = await getPlatformProxy<{ MODELS: R2Bucket }>({
      configPath: CONFIG,
      persist: { path: folder },
      remoteBindings: false,
    });
    const front = new S3Front(proxy.env.MODELS, () => proxy.dispose());
    await once(front.#server.listen(0, '127.0.0.1'), 'listening');
    return front;
  }

  get location(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `s3://${BUCKET}?endpoint=http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#dispose();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = new Uint8Array(Buffer.concat(chunks));
    const { pathname, searchParams } = new URL(request.url!, 'http://front');
    const [, bucket, ...rest] = pathname.split('/');
    this.requests.push(`${request.method} ${request.url}`);
    const fate = this.whims.fate?.(request);
    if (fate === 'hangs') return;
    let answer: Answer;
    if (!isSigned(request, body, SECRET)) answer = error(403, 'SignatureDoesNotMatch');
    else if (bucket !== BUCKET) answer = error(404, 'NoSuchBucket');
    else if (fate === 'fails') answer = error(503, 'SlowDown');
    else answer = await this.#answer(request, rest.join('/'), searchParams, body).catch(failed);
    if (fate === 'is lost') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, answer.headers);
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  }

  async #answer(
    { method, headers }: IncomingMessage,
    key: string,
    query: URLSearchParams,
    body: Uint8Array,
  ): Promise<Answer> {
    const id = query.get('uploadId');
    if (query.has('uploads')) {
      return method === 'POST' ? this.#begin(key, headers) : this.#listUploads(query);
    }
    if (id !== null) return this.#onUpload(method!, id, query, body);
    if (method === 'GET' && key === '') return this.#list(query);
    if (method === 'GET') {
      const object = await this.#bucket.get(key);
      if (!object) return error(404, 'NoSuchKey');
      return {
        status: 200,
        headers: describe(object),
        body: new Uint8Array(await object.arrayBuffer()),
      };
    }
    if (method === 'HEAD') {
      const object = await this.#bucket.head(key);
      return object ? { status: 200, headers: describe(object) } : { status: 404 };
    }
    if (method === 'DELETE') {
      await this.#bucket.delete(key);
      return { status: 204 };
    }
    return this.#put(key, headers, body);
  }

  async #put(key: string, headers: IncomingMessage['headers'], body: Uint8Array): Promise<Answer> {
    const match = headers['if-match']?.replaceAll('"', '');
    const absent = headers['if-none-match'] === '*';
    const onlyIf =
      match === undefined
        ? absent
          ? { etagDoesNotMatch: '*' }
          : undefined
        : { etagMatches: match };
    const options = { customMetadata: { sha256: String(headers['x-amz-meta-sha256']) } };
    const object = await this.#bucket.put(
      key,
      body,
      onlyIf && !this.whims.ignoresConditions ? { ...options, onlyIf } : options,
    );
    return object
      ? { status: 200, headers: { etag: object.httpEtag } }
      : error(412, 'PreconditionFailed');
  }

  async #list(query: URLSearchParams): Promise<Answer> {
    const cursor = query.get('continuation-token');
    const prefix = query.get('prefix') ?? '';
    const page = await this.#bucket.list({ prefix, limit: 5, ...(cursor ? { cursor } : {}) });
    const keys = page.objects.map(({ key }) => `<Contents><Key>${key}</Key></Contents>`).join('');
    const next = page.truncated
      ? `<NextContinuationToken>${page.cursor}</NextContinuationToken>`
      : '';
    return xml(
      `<ListBucketResult><IsTruncated>${page.truncated}</IsTruncated>${next}${keys}</ListBucketResult>`,
    );
  }

  #begin(key: string, headers: IncomingMessage['headers']): Answer {
    const id = `upload-${++this.#begun}`;
    const digest = String(headers['x-amz-meta-sha256']);
    this.uploads.set(id, { key, begun: new Date(), digest, pieces: new Map() });
    return xml(
      `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  }

  #listUploads(query: URLSearchParams): Answer {
    if (this.whims.hidesUploads) return error(501, 'NotImplemented');
    const prefix = query.get('prefix') ?? '';
    const found = [...this.uploads].filter(([, { key }]) => key.startsWith(prefix));
    const uploads = found.map(
      ([id, { key, begun }]) =>
        `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${begun.toISOString()}</Initiated></Upload>`,
    );
    return xml(
      `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${uploads.join('')}</ListMultipartUploadsResult>`,
    );
  }

  async #onUpload(
    method: string,
    id: string,
    query: URLSearchParams,
    body: Uint8Array,
  ): Promise<Answer> {
    const found = this.uploads.get(id);
    if (!found) return error(404, 'NoSuchUpload');
    const { key, digest, pieces } = found;
    if (method === 'PUT') {
      pieces.set(Number(query.get('partNumber')), body);
      return { status: 200, headers: { etag: etagOf(body) } };
    }
    if (method === 'GET') {
      const parts = [...pieces].map(
        ([number, piece]) =>
          `<Part><PartNumber>${number}</PartNumber><ETag>${etagOf(piece)}</ETag><Size>${piece.length}</Size></Part>`,
      );
      return xml(`<ListPartsResult>${parts.join('')}</ListPartsResult>`);
    }
    this.uploads.delete(id);
    if (method === 'DELETE') return { status: 204 };
    const named = [
      ...new TextDecoder().decode(body).matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>(.*?)</g),
    ].map(([, number, etag]) => ({ piece: pieces.get(Number(number)), etag }));
    if (!named.every(({ piece, etag }) => piece && etagOf(piece) === etag)) {
      return error(400, 'InvalidPart');
    }
    const whole = Buffer.concat(named.map(({ piece }) => piece!));
    const object = await this.#bucket.put(key, whole, { customMetadata: { sha256: digest } });
    return xml(
      `<CompleteMultipartUploadResult><ETag>${object.httpEtag}</ETag></CompleteMultipartUploadResult>`,
    );
  }
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array | string;
}

function describe(object: R2Object): Record<string, string> {
  return {
    etag: object.httpEtag,
    'content-length': String(object.size),
    'last-modified': object.uploaded.toUTCString(),
    'x-amz-meta-sha256': object.customMetadata!.sha256!,
  };
}

function etagOf(piece: Uint8Array): string {
  return `"${createHash('md5').update(piece).digest('hex')}"`;
}

function xml(body: string): Answer {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

function error(status: number, code: string): Answer {
  return { ...xml(`<Error><Code>${code}</Code><Message>No.</Message></Error>`), status };
}

function failed(cause: Error): Answer {
  return error(500, cause.message.replace(/\W+/g, ' '));
}
