import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { MovedSchema } from '../../../edge/route/admin-schema.ts';
import {
  advancePointer,
  parsePointer,
  serialisePointer,
} from '../../../exporter/contract/pointer.ts';
import { expectProblem, TestIsolate } from '../isolate.ts';
import {
  bytesOf,
  fixtureVersion,
  MODEL,
  POINTER_KEY,
  partKey,
  publish,
  store,
} from '../registry.ts';
import { WatchedBucket } from '../watched-bucket.ts';

const png = bytesOf(inject('fixture').png);

beforeEach(async () => {
  await store(1, 2, 3);
});
afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

async function pointer() {
  const object = await env.MODELS.get(POINTER_KEY);
  return object && parsePointer(new Uint8Array(await object.arrayBuffer()));
}

async function servedBy(isolate: TestIsolate): Promise<unknown> {
  const answer = (await (await isolate.classify(png)).json()) as { version?: number };
  return answer.version;
}

describe('admin authorisation', () => {
  const routes = ['/admin/pointer', '/admin/rollback'];
  const post = (isolate: TestIsolate, route: string, headers: Record<string, string>) =>
    isolate.fetch(route, { method: 'POST', body: '{"version":1}', headers });

  it.each(routes)('refuses %s where no token is configured', async (route) => {
    for (const token of ['', undefined]) {
      const isolate = new TestIsolate({ ADMIN_TOKEN: token } as { ADMIN_TOKEN: string });
      for (const authorization of ['Bearer ', 'Bearer undefined', 'Bearer open-sesame']) {
        await expectProblem(await post(isolate, route, { authorization }), 403, 'ROLE_DISABLED');
      }
    }
    expect(await pointer()).toBeNull();
  });

  it.each([
    ['no header', {}],
    ['an empty token', { authorization: 'Bearer ' }],
    ['a wrong token', { authorization: 'Bearer nonsense' }],
    ['a wrong token of the same length', { authorization: 'Bearer open-sesamE' }],
    ['a beginning of the token', { authorization: 'Bearer open' }],
    ['another scheme', { authorization: 'Basic open-sesame' }],
  ])('refuses %s', async (_, headers) => {
    const isolate = new TestIsolate({ ADMIN_TOKEN: 'open-sesame' });
    for (const route of routes) {
      const response = await post(isolate, route, headers as Record<string, string>);
      await expectProblem(response, 401, 'UNAUTHORIZED');
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
    expect(await pointer()).toBeNull();
  });

  it('asks for the token before it tells which methods a route takes', async () => {
    const response = await new TestIsolate().fetch('/admin/pointer');
    await expectProblem(response, 401, 'UNAUTHORIZED');
  });
});

describe('POST /admin/pointer', () => {
  it('publishes to an empty channel, and serves when it answers', async () => {
    const isolate = new TestIsolate();
    const response = await isolate.admin('pointer', { version: 2 });
    expect(response.status).toBe(200);
    expect(MovedSchema.parse(await response.json())).toMatchObject({ version: 2, channel: 'live' });
    expect((await isolate.versions()).serving?.version).toBe(2);
    expect(await pointer()).toMatchObject({
      version: 2,
      history: [],
      manifestSha256: fixtureVersion(2).manifestSha256,
    });
  });

  it('moves on, and remembers where from', async () => {
    const isolate = new TestIsolate();
    for (const version of [1, 2, 2, 3]) await isolate.admin('pointer', { version });
    expect(await pointer()).toMatchObject({ version: 3, history: [1, 2] });
    expect(await servedBy(isolate)).toBe(3);
  });

  it.each([
    ['no JSON', 'version=2'],
    ['no version', {}],
    ['a version that is not a number', { version: '2' }],
    ['version 0', { version: 0 }],
    ['a field that it does not know', { version: 2, force: true }],
    ['a channel that is not served here', { version: 2, channel: 'canary' }],
    ['an array', [2]],
  ])('refuses %s', async (_, body) => {
    const response = await new TestIsolate().admin('pointer', body);
    await expectProblem(response, 400, 'BODY_INVALID');
    expect(await pointer()).toBeNull();
  });

  it('refuses a version that is not stored', async () => {
    await publish(1);
    const isolate = new TestIsolate();
    const response = await isolate.admin('pointer', { version: 9 });
    await expectProblem(response, 404, 'VERSION_UNKNOWN');
    expect(await pointer()).toMatchObject({ version: 1 });
    expect(await servedBy(isolate)).toBe(1);
  });

  it('refuses a version whose part is damaged, and leaves the pointer', async () => {
    await publish(1);
    const isolate = new TestIsolate();
    expect(await servedBy(isolate)).toBe(1);
    await env.MODELS.put(partKey(2), 'damaged');
    const response = await isolate.admin('pointer', { version: 2 });
    const { detail } = await expectProblem(response, 422, 'VERSION_REFUSED');
    expect(detail).toContain('only 7 bytes');
    expect(await pointer()).toMatchObject({ version: 1 });
    expect(await servedBy(isolate)).toBe(1);
  });

  it('lets one of two operators win, where both start from the same pointer', async () => {
    await publish(1);
    const operators = [new TestIsolate(), new TestIsolate()];
    await Promise.all(operators.map(servedBy));
    const responses = await Promise.all([
      operators[0]!.admin('pointer', { version: 2 }),
      operators[1]!.admin('pointer', { version: 3 }),
    ]);
    const winners = responses.filter(({ status }) => status === 200);
    const losers = responses.filter(({ status }) => status !== 200);
    for (const loser of losers) await expectProblem(loser, 409, 'POINTER_CONFLICT');
    const last = await pointer();
    expect(last?.history).toEqual(winners.length === 2 ? [1, expect.any(Number)] : [1]);
    for (const operator of operators) {
      await operator.versions();
      expect(await servedBy(operator)).toBe(last?.version);
    }
  });

  it('says that a load took too long, and that it may be tried again', async () => {
    await publish(1);
    const bucket = new WatchedBucket();
    const isolate = new TestIsolate({ MODELS: bucket.binding });
    expect(await servedBy(isolate)).toBe(1);
    let slow = true;
    bucket.fault = async (key, get) => {
      while (slow && key === partKey(2)) await scheduler.wait(1);
      return get(key);
    };
    const moving = isolate.admin('pointer', { version: 2 });
    while (!bucket.asked.includes(partKey(2))) await scheduler.wait(1);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 26_000 });
    expect(await servedBy(isolate)).toBe(1);
    slow = false;
    const response = await moving;
    await expectProblem(response, 503, 'NOT_READY');
    expect(response.headers.get('retry-after')).toBe('1');
  });

  it('mends a pointer that cannot be read', async () => {
    await env.MODELS.put(POINTER_KEY, 'damaged');
    const isolate = new TestIsolate();
    await expectProblem(await isolate.admin('rollback', {}), 409, 'POINTER_INVALID');
    expect((await isolate.admin('pointer', { version: 1 })).status).toBe(200);
    expect(await pointer()).toMatchObject({ version: 1, history: [] });
  });
});

describe('POST /admin/rollback', () => {
  it('serves the version before, step by step', async () => {
    const isolate = new TestIsolate();
    for (const version of [1, 2, 3]) await isolate.admin('pointer', { version });
    for (const version of [2, 1]) {
      const response = await isolate.admin('rollback', {});
      expect(await response.json()).toMatchObject({ version });
      expect(await servedBy(isolate)).toBe(version);
    }
    await expectProblem(await isolate.admin('rollback', {}), 409, 'NOTHING_TO_ROLL_BACK');
    expect(await pointer()).toMatchObject({ version: 1, history: [] });
  });

  it('needs no body', async () => {
    const isolate = new TestIsolate();
    for (const version of [1, 2]) await isolate.admin('pointer', { version });
    const headers = { authorization: 'Bearer open-sesame' };
    const response = await isolate.fetch('/admin/rollback', { method: 'POST', headers });
    expect(response.status).toBe(200);
  });

  it('refuses where the pointer is that of another channel', async () => {
    await publish(1);
    const other = { ...(await pointer())!, channel: 'other' };
    await env.MODELS.put(POINTER_KEY, serialisePointer(other));
    const response = await new TestIsolate().admin('rollback', {});
    await expectProblem(response, 409, 'POINTER_INVALID');
  });

  it('refuses where nothing has been published', async () => {
    const response = await new TestIsolate().admin('rollback', {});
    await expectProblem(response, 409, 'NOTHING_PUBLISHED');
  });
});

describe('whole pointers', () => {
  const KEY = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c';
  const name = { model: MODEL, channel: 'live' };
  const pointerTo = (version: number) => {
    const { manifestSha256 } = fixtureVersion(version);
    return advancePointer(null, name, { version, manifestSha256 });
  };

  it('are put in place as they are', async () => {
    const isolate = new TestIsolate();
    const response = await isolate.admin('pointer', { pointer: pointerTo(2) });
    expect(MovedSchema.parse(await response.json())).toMatchObject({ version: 2 });
    expect(await pointer()).toEqual(pointerTo(2));
  });

  it('are refused where they are of another channel, or older than what is there', async () => {
    const isolate = new TestIsolate();
    const other = { ...pointerTo(2), channel: 'other' };
    const elsewhere = await isolate.admin('pointer', { pointer: other });
    await expectProblem(elsewhere, 400, 'BODY_INVALID');
    for (const version of [1, 2]) await isolate.admin('pointer', { version });
    const late = await isolate.admin('pointer', { pointer: pointerTo(3) });
    await expectProblem(late, 409, 'POINTER_CONFLICT');
    expect(await pointer()).toMatchObject({ version: 2 });
  });

  it('are all that is taken where keys are configured, and only signed', async () => {
    const isolate = new TestIsolate({ TRUSTED_KEYS: KEY });
    for (const body of [{ version: 1 }, { pointer: pointerTo(1) }]) {
      const response = await isolate.admin('pointer', body);
      expect(response.status).toBe(422);
      await response.arrayBuffer();
    }
    await expectProblem(await isolate.admin('rollback', {}), 422, 'POINTER_REFUSED');
    expect(await pointer()).toBeNull();
  });
});
