import { reset } from 'cloudflare:test';
import { afterEach, describe, expect, it } from 'vitest';
import { expectProblem, TestIsolate } from '../isolate.ts';
import { publish } from '../registry.ts';

afterEach(reset);

describe('routes', () => {
  it('answers a path that there is not', async () => {
    const response = await new TestIsolate().fetch('/models?secret=1');
    const problem = await expectProblem(response, 404, 'NOT_FOUND');
    expect(problem).toMatchObject({
      type: 'urn:patchwork:problem:not-found',
      instance: '/models',
    });
  });

  it.each([
    ['GET', '/classify', 'POST'],
    ['PUT', '/classify', 'POST'],
    ['POST', '/versions', 'GET, HEAD'],
    ['DELETE', '/health/live', 'GET, HEAD'],
    ['PUT', '/feedback', 'POST, GET, HEAD'],
  ])('says that %s %s is not allowed, and what is', async (method, path, allow) => {
    const response = await new TestIsolate().fetch(path, { method });
    await expectProblem(response, 405, 'METHOD_NOT_ALLOWED');
    expect(response.headers.get('allow')).toBe(allow);
  });

  it('answers HEAD without a body', async () => {
    const response = await new TestIsolate().fetch('/health/live', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it.each(['/health/live', '/nowhere'])('sends secure headers with %s', async (path) => {
    const { headers } = await new TestIsolate().fetch(path);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-request-id')).toBeTruthy();
  });

  it('is live with nothing published, and ready once a version serves', async () => {
    const isolate = new TestIsolate();
    expect((await isolate.fetch('/health/live')).status).toBe(200);
    const response = await isolate.fetch('/health/ready');
    const { detail } = await expectProblem(response, 503, 'NOT_READY');
    expect(detail).toContain('Nothing has been published');
    expect(response.headers.get('retry-after')).toBe('1');
    await publish(3);
    const ready = await isolate.fetch('/health/ready');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ status: 'ready', version: 3 });
  });

  it('tells nothing of an error that it does not know', async () => {
    const isolate = new TestIsolate({ MAX_PIXELS: 'a secret' });
    const problem = await expectProblem(await isolate.fetch('/versions'), 500, 'INTERNAL');
    expect(JSON.stringify(problem)).not.toMatch(/secret|MAX_PIXELS|Zod|\.ts/);
  });
});
