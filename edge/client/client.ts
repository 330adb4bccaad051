import type {
  Card,
  Classification,
  Classifications,
  Live,
  Moved,
  Outcome,
  PointerBody,
  Ready,
  ReportStatus,
  Reports,
  Settled,
  Versions,
} from './answers.ts';
import {
  type ClassifyOptions,
  type Picture,
  pictureCall,
  picturesCall,
  type Tensor,
  tensorCall,
} from './classify-call.ts';
import { Connection, type ConnectionOptions, type Tagged } from './connection.ts';
import { InferenceProtocol } from './inference-protocol.ts';
import { type Report, reportCall } from './report-call.ts';

export type * from './answers.ts';
export type { Inference, InferenceInput } from './infer-call.ts';
export type { InferOptions } from './inference-protocol.ts';
export { PatchworkProblem } from './patchwork-problem.ts';
export { ProtocolError } from './protocol-error.ts';
export type {
  ClassifyOptions,
  ConnectionOptions,
  InferenceProtocol,
  Picture,
  Report,
  Tagged,
  Tensor,
};

/**
 * Asks an edge. Runs in browsers, Node and Workers.
 * Every method throws PatchworkProblem where the edge answers with a problem, and what `fetch` throws.
 */
export class PatchworkClient {
  /** The same edge by the Open Inference Protocol. */
  readonly inference: InferenceProtocol;
  readonly #connection: Connection;

  /** @param address where the edge is, as in `https://patchwork.example.workers.dev` */
  constructor(address: string, options: ConnectionOptions = {}) {
    this.#connection = new Connection(address, options);
    this.inference = new InferenceProtocol(this.#connection);
  }

  /** Classifies one picture. */
  classify(picture: Picture, options: ClassifyOptions = {}): Promise<Classification> {
    return this.#connection.json('/classify', pictureCall(picture, options));
  }

  /** Classifies two or more pictures by one version, in their order. */
  classifyAll(
    pictures: Readonly<Record<string, Picture>>,
    options: ClassifyOptions = {},
  ): Promise<Classifications> {
    return this.#connection.json('/classify', picturesCall(pictures, options));
  }

  /** Classifies numbers; of one picture the answer is a `Classification`. */
  classifyTensor(
    tensor: Tensor,
    options: ClassifyOptions = {},
  ): Promise<Classification | Classifications> {
    return this.#connection.json('/classify', tensorCall(tensor, options));
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

  /** That the isolate which answers runs. */
  live(): Promise<Live> {
    return this.#connection.json('/health/live');
  }

  /** The version that serves. */
  ready(): Promise<Ready> {
    return this.#connection.json('/health/ready');
  }

  /** What the isolate that answers has counted, in Prometheus' text format. */
  async metrics(): Promise<string> {
    return (await this.#connection.call('/metrics')).text();
  }

  /** Reports that a picture was answered wrongly. */
  report(report: Report): Promise<ReportStatus> {
    return this.#connection.json('/feedback', reportCall(report));
  }

  /** What became of a report, and the tag by which that can be changed. */
  reportStatus(id: string): Promise<Tagged<ReportStatus>> {
    return this.#connection.tagged(`/feedback/${encodeURIComponent(id)}`);
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

  /**
   * Says what became of a report; takes the token of the role `feedback`.
   * @param etag of the report as it was read, which changes an outcome that it has; without it only an
   *   open report is settled
   */
  settleReport(
    id: string,
    outcome: Outcome,
    { etag }: { readonly etag?: string | null } = {},
  ): Promise<Tagged<Settled>> {
    return this.#connection.tagged(`/feedback/${encodeURIComponent(id)}/outcome`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...(etag ? { 'if-match': etag } : {}) },
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
