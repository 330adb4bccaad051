import { reset } from 'cloudflare:test';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { TestIsolate } from '../isolate.ts';
import { bytesOf, publish } from '../registry.ts';

const { png } = inject('fixture');

beforeAll(() => publish(1));
afterAll(reset);

/** The samples of the text format by name and labels, without the isolate's. */
async function scrape(isolate: TestIsolate): Promise<Map<string, number>> {
  const response = await isolate.fetch('/metrics');
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = (await response.text()).split('\n').filter((line) => /^[^#]/.test(line));
  return new Map(
    lines.map((line) => {
      const sample = /^([a-z_]+)\{isolate="[0-9a-f-]{36}",?(.*)\} (\S+)$/.exec(line);
      expect(sample, line).not.toBeNull();
      const [, name, labels, value] = sample!;
      return [labels ? `${name}{${labels}}` : name!, Number(value)];
    }),
  );
}

describe('GET /metrics', () => {
  it('counts requests by route, status and version', async () => {
    const isolate = new TestIsolate();
    for (let index = 0; index < 3; index++) await isolate.classify(bytesOf(png));
    await isolate.classify('no picture');
    await isolate.fetch('/versions/7/card');
    await isolate.fetch('/nowhere/a');
    await isolate.fetch('/nowhere/b');
    const samples = await scrape(isolate);
    const requests = (labels: string) => samples.get(`patchwork_requests_total{${labels}}`);
    expect(requests('method="POST",route="/classify",status="200",version="1"')).toBe(3);
    expect(requests('method="POST",route="/classify",status="415",version=""')).toBe(1);
    expect(requests('method="GET",route="/versions/:version/card",status="404",version=""')).toBe(
      1,
    );
    expect(requests('method="GET",route="none",status="404",version=""')).toBe(2);
    const duration = 'patchwork_request_duration_seconds';
    expect(samples.get(`${duration}_count{route="/classify"}`)).toBe(4);
    expect(samples.get(`${duration}_bucket{route="/classify",le="+Inf"}`)).toBe(4);
    expect(samples.get('patchwork_serving_version')).toBe(1);
    expect(samples.get('patchwork_heap_bytes')).toBeGreaterThan(0);
    expect(samples.get('patchwork_swaps_total{result="loaded"}')).toBe(1);
    expect(samples.get('patchwork_swap_state{state="serving",code=""}')).toBe(1);
  });

  it('counts each isolate by itself', async () => {
    expect((await scrape(new TestIsolate())).get('patchwork_swaps_total{result="loaded"}')).toBe(0);
  });
});

describe('what else is written of a request', () => {
  it('is a data point where Analytics Engine is bound', async () => {
    const points: AnalyticsEngineDataPoint[] = [];
    const ANALYTICS = { writeDataPoint: (point: AnalyticsEngineDataPoint) => points.push(point) };
    const isolate = new TestIsolate({ ANALYTICS: ANALYTICS as unknown as AnalyticsEngineDataset });
    await isolate.classify(bytesOf(png));
    expect(points).toEqual([
      {
        indexes: ['resnet18'],
        blobs: ['POST', '/classify', '200', '1'],
        doubles: [expect.any(Number)],
      },
    ]);
  });

  it('is one line of the log, with neither picture, token nor address', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const headers = { authorization: 'Bearer open-sesame', 'cf-connecting-ip': '203.0.113.77' };
    await new TestIsolate().classify(bytesOf(png), '?top_k=1', { headers });
    const lines = log.mock.calls.map(([line]) => String(line));
    log.mockRestore();
    const request = lines.map((line) => JSON.parse(line)).find(({ event }) => event === 'request');
    expect(request).toEqual({
      event: 'request',
      requestId: expect.any(String),
      method: 'POST',
      route: '/classify',
      status: 200,
      version: 1,
      seconds: expect.any(Number),
    });
    expect(lines.join()).not.toMatch(/open-sesame|203\.0\.113|PNG/);
  });
});
