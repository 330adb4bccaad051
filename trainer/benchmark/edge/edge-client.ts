import { randomBytes } from 'node:crypto';
import { PRECISIONS } from '../../../exporter/contract/form.ts';
import { EdgeProcess } from '../../demo/edge-process.ts';
import { processorTime } from './processor-time.ts';

/** What the edge answered, and how long that took. */
export interface TimedAnswer {
  readonly status: number;
  readonly milliseconds: number;
  /** Null where the status is not 200. */
  readonly body: EdgeAnswer | null;
}

export interface EdgeAnswer {
  readonly version: number;
  readonly predictions?: readonly { readonly index: number; readonly probability: number }[];
}

/** A worker under `wrangler dev`, asked over HTTP on connections that stay open. */
export class EdgeClient {
  readonly #edge: EdgeProcess;
  readonly #token: string;
  #requests = 0;

  private constructor(edge: EdgeProcess, token: string) {
    this.#edge = edge;
    this.#token = token;
  }

  /** @param folder the bucket */
  static async start(port: number, folder: string): Promise<EdgeClient> {
    const token = randomBytes(24).toString('base64url');
    const variables = { ADMIN_TOKEN: token, PRECISIONS: PRECISIONS.join(',') };
    return new EdgeClient(await EdgeProcess.start(port, folder, variables), token);
  }

  stop(): Promise<void> {
    return this.#edge.stop();
  }

  /** Each request comes from an address of its own, so that the rate limit of one holds none. */
  async classify(body: Uint8Array, type: string, query = ''): Promise<TimedAnswer> {
    const began = performance.now();
    const response = await fetch(`${this.#edge.address}/classify${query}`, {
      method: 'POST',
      headers: { 'content-type': type, 'cf-connecting-ip': this.#nextAddress() },
      body: body as Uint8Array<ArrayBuffer>,
    });
    const text = await response.text();
    const milliseconds = performance.now() - began;
    const { status } = response;
    return { status, milliseconds, body: status === 200 ? JSON.parse(text) : null };
  }

  /** A request that is answered at once, in ms: what `wrangler dev` and HTTP take by themselves. */
  async ping(): Promise<number> {
    const began = performance.now();
    const response = await fetch(`${this.#edge.address}/health/live`);
    await response.text();
    return performance.now() - began;
  }

  /** What it used so far, in ms; NaN where that cannot be told. */
  processorTime(): Promise<number> {
    return processorTime(this.#edge.group);
  }

  /** Moves the channel. @returns how long it took, in ms @throws Error with the answer where it is refused */
  async swapTo(version: number): Promise<number> {
    const began = performance.now();
    const response = await fetch(`${this.#edge.address}/admin/pointer`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}` },
      body: JSON.stringify({ version }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`The swap to version ${version} was refused: ${text}`);
    return performance.now() - began;
  }

  #nextAddress(): string {
    const number = this.#requests++ & 0xffff;
    return `10.0.${number >> 8}.${number & 0xff}`;
  }

  async heapBytes(): Promise<number> {
    const response = await fetch(`${this.#edge.address}/versions`);
    return ((await response.json()) as { heapBytes: number }).heapBytes;
  }
}

/** Pictures of [side,side,3] bytes as one body, and its type. */
export function tensorBody(count: number, side: number): { body: Uint8Array; type: string } {
  const body = Uint8Array.from({ length: count * side * side * 3 }, (_, at) => (at * at) % 251);
  const shape = `${count},${side},${side},3`;
  return { body, type: `application/vnd.patchwork.tensor; type=uint8; shape="${shape}"` };
}
