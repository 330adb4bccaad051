import type { Problem } from '../route/problem-schema.ts';
import { foreignAnswer } from './foreign-answer.ts';
import { PatchworkProblem } from './patchwork-problem.ts';

export interface ConnectionOptions {
  /** Instead of the runtime's own, as for a service binding: `(request) => env.EDGE.fetch(request)`. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** The bearer token of a role. */
  readonly token?: string;
  /** Keeps this client on one side of a canary. */
  readonly clientKey?: string;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Blob | FormData | string;
  readonly signal?: AbortSignal | undefined;
}

/** An answer, and the tag of what it tells; null where something on the way took it off. */
export type Tagged<T> = T & { readonly etag: string | null };

/** Where an edge is, and how it is asked. */
export class Connection {
  readonly #address: string;
  readonly #options: ConnectionOptions;

  constructor(address: string, options: ConnectionOptions) {
    this.#address = address.replace(/\/+$/, '');
    this.#options = options;
  }

  /** Asks, and gives whatever is answered. @throws what `fetch` throws */
  async send(path: string, call: Call = {}): Promise<Response> {
    const { method = 'GET', query = {}, headers = {}, body, signal } = call;
    const url = new URL(`${this.#address}${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const { token, clientKey, fetch = globalThis.fetch } = this.#options;
    const request = new Request(url, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(clientKey === undefined ? {} : { 'x-client-key': clientKey }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
    return fetch(request);
  }

  /**
   * Asks, and gives the answer where it is none of a problem.
   * @throws PatchworkProblem; Error where the answer is not the edge's; what `fetch` throws
   */
  async call(path: string, call?: Call): Promise<Response> {
    const response = await this.send(path, call);
    if (response.ok) return response;
    throw await problemOf(response);
  }

  async json<T>(path: string, call?: Call): Promise<T> {
    return (await this.call(path, call)).json() as Promise<T>;
  }

  /** The same of an answer that has a tag. */
  async tagged<T>(path: string, call?: Call): Promise<Tagged<T>> {
    const response = await this.call(path, call);
    return { ...((await response.json()) as T), etag: tagOf(response) };
  }
}

/** A proxy that compresses an answer weakens its tag, which `If-Match` takes only as it was. */
function tagOf(response: Response): string | null {
  return response.headers.get('etag')?.replace(/^W\//, '') ?? null;
}

async function problemOf(response: Response): Promise<Error> {
  if (response.headers.get('content-type') !== 'application/problem+json') {
    return foreignAnswer(response);
  }
  const seconds = response.headers.get('retry-after');
  const problem = (await response.json()) as Problem;
  return new PatchworkProblem(problem, seconds === null ? null : Number(seconds));
}
