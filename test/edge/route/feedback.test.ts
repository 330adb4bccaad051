import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { ClassificationSchema } from '../../../edge/route/classify-schema.ts';
import {
  ReportStatusSchema,
  ReportsSchema,
  SettledSchema,
} from '../../../edge/route/feedback/feedback-schema.ts';
import type { ProblemCode } from '../../../edge/route/problem-code.ts';
import { parseFeedback, serialiseFeedback } from '../../../exporter/contract/feedback.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { expectProblem, TestIsolate } from '../isolate.ts';
import { referencePredictions } from '../reference.ts';
import { bytesOf, MODEL, publish } from '../registry.ts';

const { pictures, jpeg } = inject('fixture');
const SETTINGS = { FEEDBACK: 'on', FEEDBACK_TOKEN: 'reader' };
const FIXED = { state: 'fixed', version: 2, fix: 'fix-1' } as const;
const mistakenLabel = (picture: number) => referencePredictions(1, picture)[1]!.label;

const isolate = new TestIsolate(SETTINGS);
beforeAll(() => publish(1));
afterEach(async () => {
  const { objects } = await env.MODELS.list({ prefix: 'feedback/' });
  await env.MODELS.delete(objects.map(({ key }) => key));
});
afterAll(reset);

function report(body: object, to = isolate): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return to.fetch('/feedback', { method: 'POST', body: JSON.stringify(body), headers });
}

async function reportPicture(picture: number): Promise<string> {
  const body = { label: mistakenLabel(picture), picture: pictures[picture] };
  return ReportStatusSchema.parse(await (await report(body)).json()).id;
}

function asReader(path: string, init: RequestInit = {}, from = isolate): Promise<Response> {
  const headers = { authorization: 'Bearer reader', ...init.headers };
  return from.fetch(path, { ...init, headers });
}

async function list(query = '') {
  return ReportsSchema.parse(await (await asReader(`/feedback${query}`)).json());
}

function settle(id: string, outcome: object, headers: HeadersInit = {}): Promise<Response> {
  const body = JSON.stringify(outcome);
  return asReader(`/feedback/${id}/outcome`, { method: 'PUT', body, headers });
}

async function stored(): Promise<number> {
  return (await env.MODELS.list({ prefix: 'feedback/' })).objects.length;
}

describe('POST /feedback', () => {
  it('keeps nothing unless it is switched on', async () => {
    const off = new TestIsolate({ FEEDBACK_TOKEN: 'reader' });
    const body = { label: mistakenLabel(0), picture: pictures[0] };
    await expectProblem(await report(body, off), 403, 'FEEDBACK_OFF');
    expect(await stored()).toBe(0);
  });

  it('keeps the picture and what was answered', async () => {
    const body = { label: mistakenLabel(0), picture: pictures[0], requestId: 'elsewhere' };
    const response = await report(body);
    expect(response.status).toBe(201);
    const status = ReportStatusSchema.parse(await response.json());
    expect(status).toMatchObject({ state: 'open', version: null });
    expect(response.headers.get('location')).toBe(`/feedback/${status.id}`);
    const { reports } = await list();
    expect(reports).toMatchObject([
      { id: status.id, model: MODEL, version: 1, label: body.label, requestId: 'elsewhere' },
    ]);
    const expected = referencePredictions(1, 0).slice(0, 5);
    reports[0]!.predictions.forEach(({ label, probability }, rank) => {
      expect(label).toBe(expected[rank]!.label);
      expect(probability).toBeCloseTo(expected[rank]!.probability, 4);
    });
    const picture = await asReader(`/feedback/${status.id}/picture`);
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect(new Uint8Array(await picture.arrayBuffer())).toEqual(bytesOf(pictures[0]!));
  });

  it('takes a form, and any format', async () => {
    const body = new FormData();
    body.set('label', mistakenLabel(0));
    body.set('picture', new File([bytesOf(jpeg)], 'a.jpeg'));
    const response = await isolate.fetch('/feedback', { method: 'POST', body });
    const { id } = ReportStatusSchema.parse(await response.json());
    const picture = await asReader(`/feedback/${id}/picture`);
    expect(picture.headers.get('content-type')).toBe('image/jpeg');
    await picture.arrayBuffer();
  });

  it('says when it does not remember a request', async () => {
    const body = { label: mistakenLabel(0), requestId: 'long-ago' };
    await expectProblem(await report(body), 410, 'REQUEST_FORGOTTEN');
  });

  it('takes the longest id that a request may have, and a request of a longer one by the id it got', async () => {
    for (const [length, taken] of [
      [128, 128],
      [129, 36],
    ] as const) {
      const headers = { 'x-request-id': 'a'.repeat(length) };
      const answer = await isolate.classify(bytesOf(pictures[0]!), '', { headers });
      const { requestId } = ClassificationSchema.parse(await answer.json());
      expect(requestId).toHaveLength(taken);
      expect((await report({ label: mistakenLabel(0), requestId })).ok).toBe(true);
    }
  });

  it('remembers a bounded number', async () => {
    const answer = await isolate.classify(bytesOf(pictures[0]!));
    const { requestId } = (await answer.json()) as { requestId: string };
    for (let index = 0; index < 32; index++) await isolate.classify(bytesOf(pictures[1]!));
    const body = { label: mistakenLabel(0), requestId };
    await expectProblem(await report(body), 410, 'REQUEST_FORGOTTEN');
  });

  it('keeps the same mistake once, also when it is reported many times at once', async () => {
    const body = { label: mistakenLabel(0), picture: pictures[0] };
    const isolates = Array.from({ length: 3 }, () => new TestIsolate(SETTINGS));
    const responses = await Promise.all(isolates.map((each) => report(body, each)));
    expect(responses.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(2);
    const ids = await Promise.all(
      responses.map(async (each) => ReportStatusSchema.parse(await each.json()).id),
    );
    expect(new Set(ids).size).toBe(1);
    expect(await stored()).toBe(2);
  });

  it.each<[string, object, number, ProblemCode]>([
    ['no label', { picture: pictures[0] }, 400, 'BODY_INVALID'],
    ['neither picture nor request', { label: 'cat' }, 400, 'BODY_INVALID'],
    ['an unknown label', { label: 'teapot', picture: pictures[0] }, 422, 'LABEL_UNKNOWN'],
    ['what is no picture', { label: 'cat', picture: 'AAAA' }, 422, 'PICTURE_UNKNOWN_FORMAT'],
    ['a field that there is not', { label: 'cat', picture: 'AAAA', x: 1 }, 400, 'BODY_INVALID'],
  ])('refuses %s', async (_, body, status, code) => {
    await expectProblem(await report(body), status, code);
    expect(await stored()).toBe(0);
  });

  it('refuses a report of what was right', async () => {
    const { label } = referencePredictions(1, 0)[0]!;
    await expectProblem(await report({ label, picture: pictures[0] }), 422, 'NO_MISTAKE');
  });

  it('refuses what is too large, and more than are kept', async () => {
    const small = new TestIsolate({ ...SETTINGS, FEEDBACK_MAX_BYTES: '100' });
    const body = { label: mistakenLabel(0), picture: pictures[0] };
    await expectProblem(await report(body, small), 413, 'BODY_TOO_LARGE');
    const answer = await small.classify(bytesOf(pictures[0]!));
    const { requestId } = ClassificationSchema.parse(await answer.json());
    const named = { label: mistakenLabel(0), requestId };
    await expectProblem(await report(named, small), 413, 'BODY_TOO_LARGE');
    expect(await stored()).toBe(0);
    const few = new TestIsolate({ ...SETTINGS, FEEDBACK_MAX_REPORTS: '1' });
    expect((await report(body, few)).status).toBe(201);
    expect((await report(body, few)).status).toBe(200);
    const other = { label: mistakenLabel(1), picture: pictures[1] };
    await expectProblem(await report(other, few), 507, 'FEEDBACK_FULL');
  });
});

describe('reading reports', () => {
  it('takes the token of that role, and of no other', async () => {
    const id = await reportPicture(0);
    for (const path of ['/feedback', `/feedback/${id}/picture`]) {
      for (const authorization of ['', 'Bearer open-sesame', 'Bearer wrong']) {
        const response = await isolate.fetch(path, { headers: { authorization } });
        await expectProblem(response, 401, 'UNAUTHORIZED');
      }
    }
    const put = { method: 'PUT', body: JSON.stringify(FIXED) };
    await expectProblem(await isolate.fetch(`/feedback/${id}/outcome`, put), 401, 'UNAUTHORIZED');
    const unset = new TestIsolate({ FEEDBACK: 'on' });
    await expectProblem(await asReader('/feedback', {}, unset), 403, 'ROLE_DISABLED');
  });

  it('pages through them, and filters by what became of them', async () => {
    const ids = [await reportPicture(0), await reportPicture(1), await reportPicture(2)].sort();
    await settle(ids[1]!, FIXED);
    const first = await list('?limit=2');
    expect(first.reports.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(first.next).toBe(ids[1]);
    const second = await list(`?limit=2&after=${first.next}`);
    expect(second.reports.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(second.next).toBeNull();
    expect((await list('?outcome=open')).reports.map(({ id }) => id)).toEqual([ids[0], ids[2]]);
    expect((await list('?outcome=fixed')).reports).toMatchObject([{ id: ids[1], outcome: FIXED }]);
    await expectProblem(await asReader('/feedback?limit=51'), 400, 'QUERY_INVALID');
  });

  it('leaves out what cannot be read, and gives the others', async () => {
    const ids = [await reportPicture(0), await reportPicture(1), await reportPicture(2)].sort();
    const key = objectKey.feedback(MODEL, ids[1]!);
    const { customMetadata = {} } = (await env.MODELS.head(key))!;
    await env.MODELS.put(key, '{', { customMetadata });
    const { reports, next } = await list('?limit=2');
    expect(reports.map(({ id }) => id)).toEqual([ids[0]]);
    expect((await list(`?after=${next}`)).reports.map(({ id }) => id)).toEqual([ids[2]]);
  });

  it('forgets what is older than it keeps', async () => {
    const id = await reportPicture(0);
    const key = objectKey.feedback(MODEL, id);
    const object = (await env.MODELS.get(key))!;
    const feedback = parseFeedback(new Uint8Array(await object.arrayBuffer()));
    const receivedAt = new Date(Date.now() - 91 * 86_400_000).toISOString();
    await env.MODELS.put(key, serialiseFeedback({ ...feedback, receivedAt }), {
      customMetadata: { ...object.customMetadata, receivedAt },
    });
    await expectProblem(await isolate.fetch(`/feedback/${id}`), 404, 'FEEDBACK_UNKNOWN');
    expect((await list()).reports).toEqual([]);
    expect(await env.MODELS.head(key)).toBeNull();
  });
});

describe('settling a report', () => {
  it('tells whoever has its id, and nothing else of it', async () => {
    const id = await reportPicture(0);
    const response = await settle(id, FIXED);
    expect(SettledSchema.parse(await response.json()).report).toMatchObject({ id, outcome: FIXED });
    const told = await (await isolate.fetch(`/feedback/${id}`)).json();
    expect(told).toEqual({ id, state: 'fixed', version: 2, requestId: expect.any(String) });
  });

  it('is the same when it is done again, and refuses another outcome', async () => {
    const id = await reportPicture(0);
    for (let again = 0; again < 2; again++) expect((await settle(id, FIXED)).status).toBe(200);
    const other = { state: 'rejected', reason: 'it is a cat' };
    await expectProblem(await settle(id, other), 409, 'OUTCOME_CONFLICT');
    const etag = (await isolate.fetch(`/feedback/${id}`)).headers.get('etag')!;
    const stale = { 'if-match': '"0123"' };
    await expectProblem(await settle(id, other, stale), 412, 'PRECONDITION_FAILED');
    expect((await settle(id, other, { 'if-match': etag })).status).toBe(200);
    expect(await (await isolate.fetch(`/feedback/${id}`)).json()).toMatchObject({
      state: 'rejected',
    });
  });

  it('lets one of several that settle at once win', async () => {
    const id = await reportPicture(0);
    const outcomes = [2, 3, 4].map((version) => ({ ...FIXED, version }));
    const responses = await Promise.all(outcomes.map((outcome) => settle(id, outcome)));
    const statuses = responses.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 409, 409]);
  });

  it('answers for a duplicate what became of the first', async () => {
    const [id, first] = [await reportPicture(0), await reportPicture(1)];
    await settle(id, { state: 'duplicate', of: first });
    const status = async () => (await isolate.fetch(`/feedback/${id}`)).json();
    expect(await status()).toMatchObject({ state: 'duplicate', version: null });
    await settle(first, FIXED);
    expect(await status()).toMatchObject({ state: 'fixed', version: 2 });
  });

  it.each([{ state: 'done' }, { state: 'fixed' }, 'fixed'])('refuses %j', async (outcome) => {
    const id = await reportPicture(0);
    await expectProblem(await settle(id, outcome as object), 400, 'BODY_INVALID');
  });
});

describe('a version that came between answer and report', () => {
  it('is not what is reported', async () => {
    const answer = await isolate.classify(bytesOf(pictures[0]!));
    const { requestId } = (await answer.json()) as { requestId: string };
    await publish(2);
    await isolate.versions();
    const response = await report({ label: mistakenLabel(0), requestId });
    expect(response.status).toBe(201);
    expect((await list()).reports).toMatchObject([{ version: 1, requestId }]);
  });
});
