import type { AwsClient } from 'aws4fetch';
import type { XMLParser } from 'fast-xml-parser';
import type { z } from 'zod';
import { sha256 } from '../../contract/digest.ts';
import { RegistryError } from '../registry-error.ts';
import { ErrorAnswer } from './answers.ts';
import type { S3Location } from './location.ts';

/** Longer than a part of an upload takes on a slow line. */
const TIMEOUT_MS = 300_000;
const NO_BODY = new Uint8Array(0);

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** What is being done, for errors: "read models/x". */
  readonly what: string;
  /** Statuses beside success that the caller understands. */
  readonly expected?: readonly number[];
}

export interface S3Response {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Signed requests to one bucket (AWS Signature Version 4), path-style, and its errors as RegistryErrors. */
export class S3Client {
  readonly description: string;
  readonly #location: S3Location;
  readonly #client: AwsClient;
  readonly #parser: XMLParser;

  private constructor(location: S3Location, client: AwsClient, parser: XMLParser) {
    this.description = `bucket "${location.bucket}" at ${location.endpoint}`;
    this.#location = location;
    this.#client = client;
    this.#parser = parser;
  }

  static async create(location: S3Location): Promise<S3Client> {
    const [{ AwsClient }, { XMLParser }] = await Promise.all([
      import('aws4fetch'),
      import('fast-xml-parser'),
    ]);
    const { accessKeyId, secretAccessKey, sessionToken, region } = location;
    const client = new AwsClient({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === null ? {} : { sessionToken }),
      region,
      service: 's3',
      retries: 0,
    });
    const lists = new Set(['Contents', 'Upload', 'Part']);
    const parser = new XMLParser({ parseTagValue: false, isArray: (name) => lists.has(name) });
    return new S3Client(location, client, parser);
  }

  /**
   * @throws RegistryError STORE_FAILED when the store may yet do it, STORE_REFUSED when it will not,
   *   STORE_UNAVAILABLE when there is no such bucket
   */
  async send(request: S3Request): Promise<S3Response> {
    const { method, key, query = {}, headers = {}, body = NO_BODY, what } = request;
    const { endpoint, bucket } = this.#location;
    const search = new URLSearchParams(query).toString();
    const url = `${endpoint}/${bucket}${key && `/${key}`}${search && `?${search}`}`;
    let response: Response;
    let content: Uint8Array;
    try {
      response = await this.#client.fetch(url, {
        method,
        headers: { ...headers, 'x-amz-content-sha256': await sha256(body) },
        ...(body.length > 0 ? { body: body as Uint8Array<ArrayBuffer> } : {}),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      content = new Uint8Array(await response.arrayBuffer());
    } catch (cause) {
      const { message, cause: why } = cause as Error;
      throw this.#error(
        'STORE_FAILED',
        what,
        (why as Error | undefined)?.message ?? message,
        cause,
      );
    }
    const { status } = response;
    const answer = { status, headers: response.headers, body: content };
    if (response.ok || request.expected?.includes(status)) return answer;
    throw this.failure(answer, what);
  }

  /** The error that a response stands for. */
  failure({ status, body }: S3Response, what: string): RegistryError {
    const { Code: code, Message: message } = this.parse(body, ErrorAnswer)?.Error ?? {};
    const said = [code, message].filter(Boolean).join(': ') || `status ${status}`;
    if (code === 'NoSuchBucket') return this.#error('STORE_UNAVAILABLE', what, said);
    const passing = status >= 500 && status !== 501;
    // 409 is a conditional write that met another one; an upload that is gone is begun anew.
    const again = passing || [200, 408, 409, 429].includes(status) || code === 'NoSuchUpload';
    return this.#error(again ? 'STORE_FAILED' : 'STORE_REFUSED', what, said);
  }

  /** Reads an XML answer; null where it is none, or another one. */
  parse<T>(body: Uint8Array, schema: z.ZodType<T>): T | null {
    try {
      const answer = this.#parser.parse(new TextDecoder().decode(body));
      return schema.safeParse(answer).data ?? null;
    } catch {
      return null;
    }
  }

  #error(
    code: 'STORE_FAILED' | 'STORE_REFUSED' | 'STORE_UNAVAILABLE',
    what: string,
    said: string,
    cause?: unknown,
  ): RegistryError {
    const advice =
      code === 'STORE_FAILED'
        ? 'Run the command again.'
        : 'Check the bucket, its endpoint and region, and the credentials.';
    return new RegistryError(
      code,
      `The ${this.description} failed to ${what}: ${said}. ${advice}`,
      {
        cause,
      },
    );
  }
}
