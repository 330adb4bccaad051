import type { Feedback, Outcome } from '../../exporter/contract/feedback.ts';
import { ShipError } from './ship-error.ts';

/** How long one request may take, in milliseconds. */
const REQUEST_TIMEOUT = 30_000;

/** What `POST /classify` answers to one picture. */
export interface Answer {
  readonly version: number;
  readonly predictions: readonly { readonly label: string; readonly probability: number }[];
}

/** How a swap of the edge stands. */
interface Swap {
  readonly state: string;
  readonly version: number | null;
  readonly code: string | null;
  readonly reason: string | null;
}

interface ReportsPage {
  readonly reports: readonly Feedback[];
  readonly next: string | null;
}

/**
 * What shipping asks an edge. Every method throws ShipError EDGE_REFUSED where the edge does not answer,
 * or answers with a problem.
 */
export class EdgeClient {
  readonly address: string;
  readonly #token: string | undefined;

  /** @param token of the role `feedback`, for reading and settling reports */
  constructor(address: string, token?: string) {
    this.address = address.replace(/\/+$/, '');
    this.#token = token;
  }

  /** Classifies a picture file by the version that serves. */
  async classify(file: Uint8Array): Promise<Answer> {
    const headers = { 'content-type': 'application/octet-stream' };
    const body = file as Uint8Array<ArrayBuffer>;
    const response = await this.#ask('/classify?top_k=1', { method: 'POST', headers, body });
    return (await response.json()) as Answer;
  }

  /** How the last swap of the edge went. */
  async swap(): Promise<Swap> {
    return ((await (await this.#ask('/versions')).json()) as { swap: Swap }).swap;
  }

  /** All reports that nothing was said to yet, by id. */
  async openReports(): Promise<Feedback[]> {
    const reports: Feedback[] = [];
    let after = '';
    for (;;) {
      const response = await this.#ask(`/feedback?outcome=open${after}`);
      const page = (await response.json()) as ReportsPage;
      reports.push(...page.reports);
      if (page.next === null) return reports;
      after = `&after=${encodeURIComponent(page.next)}`;
    }
  }

  /** The picture of a report; null where it is gone. */
  async reportPicture(id: string): Promise<Uint8Array | null> {
    const path = `/feedback/${encodeURIComponent(id)}/picture`;
    const response = await this.#ask(path, {}, [404]);
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : null;
  }

  /** Says what became of a report; one that is gone, or was settled otherwise meanwhile, is left. */
  async settle(id: string, outcome: Outcome): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const path = `/feedback/${encodeURIComponent(id)}/outcome`;
    const body = JSON.stringify(outcome);
    await this.#ask(path, { method: 'PUT', headers, body }, [404, 409]);
  }

  async #ask(
    path: string,
    request: RequestInit & { readonly headers?: Record<string, string> } = {},
    accepted: readonly number[] = [],
  ): Promise<Response> {
    const authorization =
      this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const asked = `${request.method ?? 'GET'} ${this.address}${path}`;
    const response = await fetch(`${this.address}${path}`, {
      ...request,
      headers: { ...authorization, ...request.headers },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    }).catch((cause: Error) => {
      throw new ShipError('EDGE_REFUSED', `${asked}: ${cause.message}.`, { cause });
    });
    if (response.ok || accepted.includes(response.status)) return response;
    const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
    throw new ShipError(
      'EDGE_REFUSED',
      `${asked} answered ${response.status} ${problem.code ?? ''}: ${problem.detail ?? 'no problem of an edge'}`,
    );
  }
}
