import { describe, expect, it } from 'vitest';
import { expectProblem, TestIsolate } from '../isolate.ts';

/** Lets so many requests of each key through. */
function limitOf(most: number): RateLimit {
  const counts = new Map<string, number>();
  return {
    limit: async ({ key }) => {
      counts.set(key, (counts.get(key) ?? 0) + 1);
      return { success: counts.get(key)! <= most };
    },
  };
}

describe('rate limits', () => {
  it('hold for each client', async () => {
    const isolate = new TestIsolate({ REQUEST_LIMIT: limitOf(2) });
    const from = (address: string) =>
      isolate.fetch('/health/live', { headers: { 'cf-connecting-ip': address } });
    expect((await from('203.0.113.1')).status).toBe(200);
    expect((await from('203.0.113.1')).status).toBe(200);
    const response = await from('203.0.113.1');
    await expectProblem(response, 429, 'TOO_MANY_REQUESTS');
    expect(response.headers.get('retry-after')).toBe('60');
    expect((await from('203.0.113.2')).status).toBe(200);
  });

  it('are tighter for reports', async () => {
    const isolate = new TestIsolate({ FEEDBACK: 'on', FEEDBACK_LIMIT: limitOf(1) });
    const report = () =>
      isolate.fetch('/feedback', {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json', 'cf-connecting-ip': '203.0.113.1' },
      });
    await expectProblem(await report(), 400, 'BODY_INVALID');
    await expectProblem(await report(), 429, 'TOO_MANY_REQUESTS');
  });
});
