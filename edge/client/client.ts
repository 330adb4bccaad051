import type { Card } from '../../exporter/contract/card.ts';
import type { Outcome } from '../../exporter/contract/feedback.ts';
import type { Moved, PointerBody } from '../route/admin-schema.ts';
import type { Classification, Classifications } from '../route/classify-schema.ts';
import type { ReportStatus, Reports, Settled } from '../route/feedback/feedback-schema.ts';
import type { Ready } from '../route/health-schema.ts';
import type { Versions } from '../route/versions-schema.ts';
import { Connection, type ConnectionOptions } from './connection.ts';

export { PatchworkProblem } from './patchwork-problem.ts';
export type {
  Card,
  Classification,
  Classifications,
  ConnectionOptions,
  Moved,
  Outcome,
  PointerBody,
  Ready,
  ReportStatus,
  Reports,
  Settled,
  Versions,
};

/** The bytes of a PNG, JPEG or WebP file. */
export type Picture = Blob | ArrayBuffer | Uint8Array<ArrayBuffer>;

export interface ClassifyOptions {
  /** How many labels are answered, from 1 to all; 5 by default. */
  readonly topK?: number;
  /** The version that must answer. */
  readonly version?: number;
  /** Whether the probabilities of all labels are answered beside. */
  readonly probabilities?: boolean;
  readonly signal?: AbortSignal;
}

/** Pictures as numbers: bytes of any size, or float32 in [0,1] of the model's size. */
export interface Tensor {
  /** [N,H,W,3] */
  readonly shape: readonly [count: number, height: number, width: number, channels: 3];
  readonly data: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
}

/** A report of a mistake: its picture, or the request that was answered wrongly a moment ago, or both. */
export interface Report {
  readonly label: string;
  readonly picture?: Picture;
  readonly requestId?: string;
}

/**
 * Asks an edge. Runs in browsers, Node and Workers.
 * Every method throws PatchworkProblem where the edge answers with a problem, and what `fetch` throws.
 */
export class PatchworkClient {
  readonly #connection: Connection;

  /** @param address where the edge is, as in `https://patchwork.example.workers.dev` */
  constructor(address: string, options: ConnectionOptions = {}) {
    this.#connection = new Connection(address, options);
  }

  /** Classifies one picture. */
  classify(picture: Picture, options: ClassifyOptions = {}): Promise<Classification> {
    return this.#connection.json('/classify', {
      method: 'POST',
      ...asked(options),
      headers: { 'content-type': 'application/octet-stream' },
      body: blobOf(picture),
    });
  }

  /** Classifies two or more pictures by one version, in their order. */
  classifyAll(
    pictures: Readonly<Record<string, Picture>>,
    options: ClassifyOptions = {},
  ): Promise<Classifications> {
    const body = new FormData();
    for (const [name, picture] of Object.entries(pictures)) {
      body.append('picture', blobOf(picture), name);
    }
    return this.#connection.json('/classify', { method: 'POST', ...asked(options), body });
  }

  /** Classifies numbers; of one picture the answer is a `Classification`. */
  classifyTensor(
    { shape, data }: Tensor,
    options: ClassifyOptions = {},
  ): Promise<Classification | Classifications> {
    const type = data instanceof Uint8Array ? 'uint8' : 'float32';
    return this.#connection.json('/classify', {
      method: 'POST',
      ...asked(options),
      headers: {
        'content-type': `application/vnd.patchwork.tensor; type=${type}; shape="${shape}"`,
      },
      body: new Blob([data]),
    });
  }

  /** What the isolate that answers serves, and what it should. */
  versions(): Promise<Versions> {
    return this.#connection.json('/versions');
  }

  /** What a version fixes and what that cost. */
  card(version: number): Promise<Card> {
    return this.#connection.json(`/versions/${version}/card`);
  }

  /** The same as Markdown. */
  async cardMarkdown(version: number): Promise<string> {
    const headers = { accept: 'text/markdown' };
    return (await this.#connection.call(`/versions/${version}/card`, { headers })).text();
  }

  /** The version that serves. */
  ready(): Promise<Ready> {
    return this.#connection.json('/health/ready');
  }

  /** Reports that a picture was answered wrongly. */
  report({ label, picture, requestId }: Report): Promise<ReportStatus> {
    const body = new FormData();
    body.set('label', label);
    if (requestId !== undefined) body.set('requestId', requestId);
    if (picture !== undefined) body.set('picture', blobOf(picture), 'picture');
    return this.#connection.json('/feedback', { method: 'POST', body });
  }

  /** What became of a report. */
  reportStatus(id: string): Promise<ReportStatus> {
    return this.#connection.json(`/feedback/${encodeURIComponent(id)}`);
  }

  /** A page of reports; takes the token of the role `feedback`. */
  reports(
    page: { limit?: number; after?: string; outcome?: ReportStatus['state'] } = {},
  ): Promise<Reports> {
    return this.#connection.json('/feedback', { query: page });
  }

  /** The picture of a report; takes the token of the role `feedback`. */
  async reportPicture(id: string): Promise<Blob> {
    return (await this.#connection.call(`/feedback/${encodeURIComponent(id)}/picture`)).blob();
  }

  /** Says what became of a report; takes the token of the role `feedback`. */
  settleReport(id: string, outcome: Outcome): Promise<Settled> {
    return this.#connection.json(`/feedback/${encodeURIComponent(id)}/outcome`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(outcome),
    });
  }

  /** Serves a version or what a pointer says; takes the token of the role `publish`. */
  movePointer(body: PointerBody): Promise<Moved> {
    return this.#connection.json('/admin/pointer', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  /** Serves the version that was served before; takes the token of the role `publish`. */
  rollBack(): Promise<Moved> {
    return this.#connection.json('/admin/rollback', { method: 'POST' });
  }
}

function asked({ topK, version, probabilities, signal }: ClassifyOptions) {
  return { query: { top_k: topK, version, probabilities }, signal };
}

function blobOf(picture: Picture): Blob {
  return picture instanceof Blob ? picture : new Blob([picture]);
}
