import { describe, expect, it } from 'vitest';
import { expectProblem, TestIsolate } from '../isolate.ts';

const LIMIT = 10;

function guess(isolate: TestIsolate, token: string, address: string): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'cf-connecting-ip': address };
  return isolate.fetch('/admin/rollback', { method: 'POST', headers });
}

/** Wrong tokens from an address until it is refused; the number of them. */
async function guessUntilRefused(isolate: TestIsolate, addresses: string[]): Promise<number> {
  for (let tries = 0; tries < 3 * LIMIT; tries++) {
    const response = await guess(isolate, `guess ${tries}`, addresses[tries % addresses.length]!);
    if (response.status === 429) return tries;
    await expectProblem(response, 401, 'UNAUTHORIZED');
  }
  return Number.POSITIVE_INFINITY;
}

describe('guessing tokens', () => {
  it('is refused after some, also with the right one, and from that address alone', async () => {
    const isolate = new TestIsolate();
    expect(await guessUntilRefused(isolate, ['203.0.113.1'])).toBe(LIMIT);
    const response = await guess(isolate, 'open-sesame', '203.0.113.1');
    await expectProblem(response, 429, 'TOO_MANY_REQUESTS');
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    const other = await guess(isolate, 'open-sesame', '203.0.113.2');
    await expectProblem(other, 409, 'NOTHING_PUBLISHED');
  });

  it('is refused as soon where the guesses come at once', async () => {
    const isolate = new TestIsolate();
    const guesses = Array.from({ length: 3 * LIMIT }, (_, index) =>
      guess(isolate, `guess ${index}`, '203.0.113.6'),
    );
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(LIMIT);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2 * LIMIT);
  });

  it('is counted without the binding, by each isolate', async () => {
    const unbound = { TOKEN_LIMIT: undefined } as unknown as { TOKEN_LIMIT: RateLimit };
    expect(await guessUntilRefused(new TestIsolate(unbound), ['203.0.113.3'])).toBe(LIMIT);
    expect(await guessUntilRefused(new TestIsolate(unbound), ['203.0.113.3'])).toBe(LIMIT);
  });

  it('is counted over isolates where a limit is bound', async () => {
    let left = 3;
    const TOKEN_LIMIT: RateLimit = { limit: async () => ({ success: left-- > 0 }) };
    expect(await guessUntilRefused(new TestIsolate({ TOKEN_LIMIT }), ['203.0.113.4'])).toBe(4);
    expect(await guessUntilRefused(new TestIsolate({ TOKEN_LIMIT }), ['203.0.113.4'])).toBe(1);
  });

  it('counts the addresses of one IPv6 customer together', async () => {
    const unbound = { TOKEN_LIMIT: undefined } as unknown as { TOKEN_LIMIT: RateLimit };
    const addresses = ['2001:db8:0:7::1', '2001:DB8::7:0:0:0:2', '2001:0db8:0000:0007:a:b:c:d'];
    expect(await guessUntilRefused(new TestIsolate(unbound), addresses)).toBe(LIMIT);
  });

  it('counts no request without a token', async () => {
    const isolate = new TestIsolate();
    for (let tries = 0; tries < 2 * LIMIT; tries++) {
      const headers = { 'cf-connecting-ip': '203.0.113.5' };
      const response = await isolate.fetch('/admin/rollback', { method: 'POST', headers });
      await expectProblem(response, 401, 'UNAUTHORIZED');
    }
  });
});
