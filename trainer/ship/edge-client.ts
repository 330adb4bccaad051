import { z } from 'zod';
import type { Outcome } from '../../exporter/contract/feedback.ts';
import { ShipError } from './ship-error.ts';

/** How long one request may take, in milliseconds. */
const REQUEST_TIMEOUT = 30_000;

const AnswerSchema = z.object({
  version: z.int(),
  predictions: z.array(z.object({ label: z.string(), probability: z.number() })).min(1),
});

const SwapSchema = z.object({
  state: z.string(),
  version: z.int().nullable(),
  code: z.string().nullable(),
  reason: z.string().nullable(),
});

const VersionsSchema = z.object({ swap: SwapSchema });

/** What is asked of a report: an edge may tell more. */
const OpenReportSchema = z.object({ id: z.string(), label: z.string(), receivedAt: z.string() });

const ReportsPageSchema = z.object({
  reports: z.array(OpenReportSchema),
  next: z.string().nullable(),
});

/** What `POST /classify` answers to one picture, the most probable label first. */
export type Answer = Readonly<z.output<typeof AnswerSchema>>;

type OpenReport = Readonly<z.output<typeof OpenReportSchema>>;

/** How a swap of the edge stands. */
type Swap = Readonly<z.output<typeof SwapSchema>>;

/**
 * What shipping asks an edge. Every method throws ShipError EDGE_REFUSED where the edge does not answer
 * whole, answers with a problem, or with what no edge says.
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
    return this.#json('/classify?top_k=1', AnswerSchema, { method: 'POST', headers, body });
  }

  /** How the last swap of the edge went. */
  async swap(): Promise<Swap> {
    return (await this.#json('/versions', VersionsSchema)).swap;
  }

  /** All reports that nothing was said to yet, by id. */
  async openReports(): Promise<OpenReport[]> {
    const reports: OpenReport[] = [];
    let after = '';
    for (;;) {
      const page = await this.#json(`/feedback?outcome=open${after}`, ReportsPageSchema);
      reports.push(...page.reports);
      if (page.next === null) return reports;
      after = `&after=${encodeURIComponent(page.next)}`;
    }
  }

  /** The picture of a report; null where it is gone. */
  async reportPicture(id: string): Promise<Uint8Array | null> {
    const path = `/feedback/${encodeURIComponent(id)}/picture`;
    const { ok, body } = await this.#ask(path, {}, [404]);
    return ok ? body : null;
  }

  /** Says what became of a report; one that is gone, or was settled otherwise meanwhile, is left. */
  async settle(id: string, outcome: Outcome): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const path = `/feedback/${encodeURIComponent(id)}/outcome`;
    const body = JSON.stringify(outcome);
    await this.#ask(path, { method: 'PUT', headers, body }, [404, 409]);
  }

  async #json<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    request?: EdgeRequest,
  ): Promise<z.output<Schema>> {
    const { asked, body } = await this.#ask(path, request);
    try {
      return schema.parse(JSON.parse(new TextDecoder().decode(body)));
    } catch (cause) {
      const what = `${asked} answered with what no edge says; is something else listening there?`;
      throw new ShipError('EDGE_REFUSED', what, { cause });
    }
  }

  async #ask(
    path: string,
    request: EdgeRequest = {},
    accepted: readonly number[] = [],
  ): Promise<{ asked: string; ok: boolean; body: Uint8Array }> {
    const authorization =
      this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const asked = `${request.method ?? 'GET'} ${this.address}${path}`;
    const { ok, status, body } = await whole(`${this.address}${path}`, {
      ...request,
      headers: { ...authorization, ...request.headers },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    }).catch((cause: Error) => {
      throw new ShipError('EDGE_REFUSED', `${asked}: ${cause.message}.`, { cause });
    });
    if (ok || accepted.includes(status)) return { asked, ok, body };
    const { code, detail } = problemOf(body);
    throw new ShipError(
      'EDGE_REFUSED',
      `${asked} answered ${status} ${code ?? ''}: ${detail ?? 'no problem of an edge'}`,
    );
  }
}

type EdgeRequest = RequestInit & { readonly headers?: Record<string, string> };

/** An answer with its body, which may end before it is whole. */
async function whole(address: string, request: RequestInit) {
  const response = await fetch(address, request);
  const { ok, status } = response;
  return { ok, status, body: new Uint8Array(await response.arrayBuffer()) };
}

function problemOf(body: Uint8Array): { readonly code?: string; readonly detail?: string } {
  try {
    return (JSON.parse(new TextDecoder().decode(body)) ?? {}) as object;
  } catch {
    return {};
  }
}
