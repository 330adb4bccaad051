import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ReportStatus } from '../../../edge/route/feedback/feedback-schema.ts';
import type { OpenApiDocument } from '../../../edge/route/openapi/document.ts';
import { serialiseCard } from '../../../exporter/contract/card.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { card } from '../../edge-fixture/card.ts';
import { TestIsolate } from '../isolate.ts';
import { referencePredictions } from '../reference.ts';
import { bytesOf, fixtureVersion, MODEL, publish } from '../registry.ts';

const { pictures } = inject('fixture');
const isolate = new TestIsolate({ FEEDBACK: 'on', FEEDBACK_TOKEN: 'reader' });
const V2 = `/v2/models/${MODEL}`;
const OPERATOR = { authorization: 'Bearer open-sesame' };
const READER = { authorization: 'Bearer reader' };
const JSON_BODY = { 'content-type': 'application/json' };

interface Ask {
  readonly path: string;
  readonly init?: RequestInit;
}

const post = (path: string, body: unknown, headers: HeadersInit = {}): Ask => ({
  path,
  init: { method: 'POST', body: JSON.stringify(body), headers: { ...JSON_BODY, ...headers } },
});
const read = (path: string): Ask => ({ path, init: { headers: READER } });

const inferred = (path: string, parameters: object) =>
  post(path, {
    inputs: [{ name: 'pixels', datatype: 'UINT8', shape: [1, 1, 1, 3], data: [1, 2, 3] }],
    parameters,
  });

/** A request of each route that succeeds, in an order in which all do. */
function asks(id: string): Record<string, Ask | Ask[]> {
  const report = { label: referencePredictions(2, 1)[1]!.label, picture: pictures[1] };
  const outcome = JSON.stringify({ state: 'rejected', reason: 'it is one' });
  return {
    'POST /classify': { path: '/classify', init: { method: 'POST', body: bytesOf(pictures[0]!) } },
    'GET /versions': { path: '/versions' },
    'GET /versions/{version}/card': [
      { path: '/versions/1/card' },
      { path: '/versions/1/card', init: { headers: { accept: 'text/markdown' } } },
    ],
    'POST /feedback': post('/feedback', report),
    'GET /feedback/{id}': { path: `/feedback/${id}` },
    'GET /feedback': read('/feedback'),
    'GET /feedback/{id}/picture': read(`/feedback/${id}/picture`),
    'PUT /feedback/{id}/outcome': {
      path: `/feedback/${id}/outcome`,
      init: { method: 'PUT', body: outcome, headers: READER },
    },
    'GET /health/live': { path: '/health/live' },
    'GET /health/ready': { path: '/health/ready' },
    'GET /metrics': { path: '/metrics' },
    'GET /v2': { path: '/v2' },
    'GET /v2/health/live': { path: '/v2/health/live' },
    'GET /v2/health/ready': { path: '/v2/health/ready' },
    'GET /v2/models/{model}': { path: V2 },
    'GET /v2/models/{model}/ready': { path: `${V2}/ready` },
    'POST /v2/models/{model}/infer': [
      inferred(`${V2}/infer`, {}),
      inferred(`${V2}/infer`, { binary_data_output: true }),
    ],
    'GET /v2/models/{model}/versions/{version}': { path: `${V2}/versions/1` },
    'POST /v2/models/{model}/versions/{version}/infer': inferred(`${V2}/versions/1/infer`, {}),
    'GET /v2/models/{model}/versions/{version}/ready': { path: `${V2}/versions/1/ready` },
    'POST /admin/pointer': post('/admin/pointer', { version: 1 }, OPERATOR),
    'POST /admin/rollback': post('/admin/rollback', {}, OPERATOR),
  };
}

beforeAll(async () => {
  await publish(1);
  await publish(2);
  const { manifestSha256 } = fixtureVersion(1);
  await env.MODELS.put(objectKey.card(MODEL, 1), serialiseCard({ ...card(1), manifestSha256 }));
});
afterAll(reset);

describe('what succeeds', () => {
  it('has the headers of every answer, whatever the route', async () => {
    const document = (await (await isolate.fetch('/openapi.json')).json()) as OpenApiDocument;
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const { path, init } = post('/feedback', {
      label: referencePredictions(2, 0)[1]!.label,
      picture: pictures[0],
    });
    const { id } = (await (await isolate.fetch(path, init)).json()) as ReportStatus;
    const asked = asks(id);
    expect(Object.keys(asked).sort()).toEqual(routes.sort());
    const described: Ask[] = [{ path: '/openapi.json' }, { path: '/reference' }];
    for (const { path, init = {} } of [...Object.values(asked).flat(), ...described]) {
      const headers = { ...init.headers, 'x-request-id': 'named-by-its-client' };
      const response = await isolate.fetch(path, { ...init, headers });
      expect([200, 201], path).toContain(response.status);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
      expect(Object.fromEntries(response.headers), path).toMatchObject({
        'x-request-id': 'named-by-its-client',
        'cache-control': 'no-store',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
    }
  });
});
