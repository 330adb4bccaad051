import { describe, expect, it } from 'vitest';
import { TestIsolate } from '../isolate.ts';

const from = (isolate: TestIsolate, origin: string, init: RequestInit = {}) =>
  isolate.fetch('/health/live', { ...init, headers: { origin, ...init.headers } });

describe('CORS', () => {
  it('says nothing unless it is configured', async () => {
    const { headers } = await from(new TestIsolate(), 'https://a.example');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('lets the configured origins read answers, errors among them', async () => {
    const isolate = new TestIsolate({ CORS_ORIGINS: 'https://a.example, https://b.example' });
    for (const [origin, allowed] of [
      ['https://a.example', 'https://a.example'],
      ['https://b.example', 'https://b.example'],
      ['https://c.example', null],
    ] as const) {
      const { headers } = await from(isolate, origin);
      expect(headers.get('access-control-allow-origin')).toBe(allowed);
    }
    const missing = await isolate.fetch('/nowhere', { headers: { origin: 'https://a.example' } });
    expect(missing.headers.get('access-control-allow-origin')).toBe('https://a.example');
  });

  it('lets pages send and read tensors in binary', async () => {
    const isolate = new TestIsolate({ CORS_ORIGINS: 'https://a.example' });
    const preflight = await from(isolate, 'https://a.example', {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': 'POST' },
    });
    const answer = await from(isolate, 'https://a.example');
    const namesOf = ({ headers }: Response, which: string) =>
      headers.get(`access-control-${which}-headers`)?.split(',');
    expect(namesOf(preflight, 'allow')).toContain('inference-header-content-length');
    expect(namesOf(answer, 'expose')).toContain('inference-header-content-length');
  });

  it('answers preflights', async () => {
    const isolate = new TestIsolate({ CORS_ORIGINS: '*' });
    const { status, headers } = await isolate.fetch('/classify', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://a.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-headers')).toContain('content-type');
  });
});
