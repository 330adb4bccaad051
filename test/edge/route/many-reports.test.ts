import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { ReportStatusSchema, ReportsSchema } from '../../../edge/route/feedback/feedback-schema.ts';
import { type Feedback, serialiseFeedback } from '../../../exporter/contract/feedback.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { expectProblem, TestIsolate } from '../isolate.ts';
import { referencePredictions } from '../reference.ts';
import { MODEL, publish } from '../registry.ts';

const { pictures } = inject('fixture');
const SETTINGS = { FEEDBACK: 'on', FEEDBACK_TOKEN: 'reader' };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** More than the bucket lists at a time where it lists what lies beside each object. */
const MANY = 130;

beforeEach(() => publish(1));
afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

const idOf = (index: number) => String(index).padStart(8, '0');
const digestOf = (index: number) => String(index).padStart(64, '0');

/** Stores a report as the edge does. */
async function store(index: number, ageMs = 0, picture = digestOf(index)): Promise<void> {
  const feedback: Feedback = {
    schema: 'patchwork/feedback@1',
    id: idOf(index),
    model: MODEL,
    receivedAt: new Date(Date.now() - ageMs).toISOString(),
    requestId: null,
    version: 1,
    predictions: [],
    label: 'cat',
    picture: { sha256: picture, bytes: 1 },
    outcome: null,
  };
  await env.MODELS.put(objectKey.feedback(MODEL, feedback.id), serialiseFeedback(feedback), {
    customMetadata: { state: 'open', receivedAt: feedback.receivedAt, picture },
  });
}

const storeMany = (from: number) =>
  Promise.all(Array.from({ length: MANY }, (_, index) => store(from + index)));

async function listed(isolate: TestIsolate): Promise<string[]> {
  const ids: string[] = [];
  let next: string | null = '';
  while (next !== null) {
    const headers = { authorization: 'Bearer reader' };
    const response = await isolate.fetch(`/feedback${next && `?after=${next}`}`, { headers });
    const page = ReportsSchema.parse(await response.json());
    ids.push(...page.reports.map(({ id }) => id));
    next = page.next;
  }
  return ids;
}

function report(isolate: TestIsolate): Promise<Response> {
  const { label } = referencePredictions(1, 0)[1]!;
  const body = JSON.stringify({ label, picture: pictures[0] });
  const headers = { 'content-type': 'application/json' };
  return isolate.fetch('/feedback', { method: 'POST', body, headers });
}

describe('more reports than the bucket lists at a time', () => {
  it('are all given, and all counted', async () => {
    await storeMany(0);
    const isolate = new TestIsolate({ ...SETTINGS, FEEDBACK_MAX_REPORTS: String(MANY) });
    expect(await listed(isolate)).toEqual(Array.from({ length: MANY }, (_, index) => idOf(index)));
    await expectProblem(await report(isolate), 507, 'FEEDBACK_FULL');
  });

  it('keep the picture that an expired one shares with the last of them', async () => {
    const key = objectKey.feedbackPicture(MODEL, digestOf(MANY));
    await env.MODELS.put(key, 'a picture');
    await store(0, 91 * DAY_MS, digestOf(MANY));
    await storeMany(1);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * HOUR_MS });
    expect(await listed(new TestIsolate(SETTINGS))).not.toContain(idOf(0));
    expect(await env.MODELS.head(objectKey.feedback(MODEL, idOf(0)))).toBeNull();
    expect(await env.MODELS.head(key)).not.toBeNull();
  });
});

describe('a mistake whose report has expired', () => {
  it('is kept when it is reported again, however long deleting the old report takes', async () => {
    const MODELS = new Proxy(env.MODELS, {
      get: (bucket, property) => {
        const value = Reflect.get(bucket, property);
        if (typeof value !== 'function') return value;
        return async (...given: unknown[]) => {
          if (property === 'delete') await scheduler.wait(50);
          return value.apply(bucket, given);
        };
      },
    });
    const isolate = new TestIsolate({ ...SETTINGS, MODELS });
    const { id } = ReportStatusSchema.parse(await (await report(isolate)).json());
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 91 * DAY_MS });
    for (const status of [201, 200]) {
      const response = await report(isolate);
      expect(response.status).toBe(status);
      expect(ReportStatusSchema.parse(await response.json())).toMatchObject({ id, state: 'open' });
    }
    expect(await listed(isolate)).toEqual([id]);
  });
});
