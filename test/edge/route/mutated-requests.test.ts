import { reset } from 'cloudflare:test';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { random } from '../../edge-fixture/random.ts';
import { TestIsolate } from '../isolate.ts';
import { bytesOf, publish } from '../registry.ts';

const fixture = inject('fixture');
const isolate = new TestIsolate({ FEEDBACK: 'on', FEEDBACK_TOKEN: 'reader', MAX_PIXELS: '100000' });
const encoder = new TextEncoder();

beforeAll(() => publish(1));
afterAll(reset);

interface Sent {
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array<ArrayBuffer>;
}

const json = (body: unknown) => encoder.encode(JSON.stringify(body)) as Uint8Array<ArrayBuffer>;

function sent(path: string, type: string, body: Uint8Array<ArrayBuffer>, method = 'POST'): Sent {
  return { path, method, headers: { 'content-type': type, authorization: tokenFor(path) }, body };
}

const tokenFor = (path: string) =>
  path.startsWith('/admin') ? 'Bearer open-sesame' : 'Bearer reader';

const BOUNDARY = '----patchwork';

function formOf(fields: Record<string, string>, picture: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts = Object.entries(fields).map(
    ([name, value]) =>
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="p"; filename="p"\r\nContent-Type: image/png\r\n\r\n`;
  const ends = [encoder.encode(parts.join('') + file), encoder.encode(`\r\n--${BOUNDARY}--\r\n`)];
  return Uint8Array.from([...ends[0]!, ...picture, ...ends[1]!]);
}

/** One valid request of each kind that has a body. */
function seeds(): Sent[] {
  const [png, jpeg, webp] = [fixture.png, fixture.jpeg, fixture.webp].map(bytesOf) as [
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>,
  ];
  const form = `multipart/form-data; boundary=${BOUNDARY}`;
  const tensor = 'application/vnd.patchwork.tensor; type=uint8; shape="1,4,4,3"';
  const input = { name: 'pixels', datatype: 'UINT8', shape: [1, 2, 2, 3], data: Array(12).fill(7) };
  return [
    sent('/classify?top_k=3', 'image/png', png),
    sent('/classify?probabilities=true', 'image/jpeg', jpeg),
    sent('/classify?version=1', 'image/webp', webp),
    sent('/classify', form, formOf({}, png)),
    sent('/classify', 'application/json', json({ picture: fixture.png })),
    sent('/classify', 'application/json', json({ pictures: [{ name: 'a', data: fixture.jpeg }] })),
    sent('/classify', tensor, new Uint8Array(48).fill(9)),
    sent('/v2/models/resnet18/infer', 'application/json', json({ inputs: [input] })),
    sent('/feedback', 'application/json', json({ label: 'cat', picture: fixture.png })),
    sent('/feedback', form, formOf({ label: 'dog', requestId: 'x' }, png)),
    sent(
      '/feedback/0123/outcome',
      'application/json',
      json({ state: 'rejected', reason: 'no' }),
      'PUT',
    ),
    sent('/admin/pointer', 'application/json', json({ version: 1 })),
  ];
}

/** Headers that a request may come with, most of them wrong. */
const HEADERS = [
  ['content-type', ['', 'image/png', 'multipart/form-data', 'application/json', '/', 'a/b;c=d']],
  ['content-length', ['0', '-1', '1e9', 'x']],
  ['x-request-id', ['', 'a'.repeat(300), '<script>', '../..']],
  ['inference-header-content-length', ['0', '5', '99999999999', '-1', 'NaN']],
  ['authorization', ['Bearer', 'Bearer open-sesame', 'Basic eA==', '\u00ff']],
  ['if-match', ['*', '"x"', 'W/"x"']],
  ['cf-connecting-ip', ['::', ':::::', '1', '::ffff:1.2.3.4']],
  ['x-client-key', ['', 'k'.repeat(5000)]],
  ['origin', ['null', 'https://a.example']],
] as const;

/** A seed with one to four changes to its bytes, its path or its headers. */
function mutant(base: Sent, next: () => number): Sent {
  const below = (limit: number) => Math.floor(next() * limit);
  const pick = <T>(values: readonly T[]) => values[below(values.length)]!;
  let { path, body } = base;
  const address = `10.${below(256)}.${below(256)}.1`;
  const headers: Record<string, string> = { ...base.headers, 'cf-connecting-ip': address };
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const at = below(body.length + 1);
    switch (below(9)) {
      case 0:
        body = body.slice(0, at);
        break;
      case 1:
        body = Uint8Array.from([...body.subarray(0, at), ...body.subarray(below(body.length + 1))]);
        break;
      case 2:
        body = Uint8Array.from([
          ...body.subarray(0, at),
          ...encoder.encode(pick(TOKENS)),
          ...body.subarray(at),
        ]);
        break;
      case 3: {
        const [name, values] = pick(HEADERS);
        headers[name] = pick(values);
        break;
      }
      case 4:
        path += pick(['?top_k=0', '&top_k=99', '?version=2', '/', '%00', '?probabilities=maybe']);
        break;
      default:
        body = body.slice();
        for (let bytes = 1 + below(4); bytes > 0; bytes--) body[below(body.length)] = below(256);
    }
  }
  return { ...base, path, headers, body };
}

const TOKENS = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  'null',
  '1e999',
  '-1',
  '\u0000',
  '\r\n',
  '=',
  `--${BOUNDARY}`,
];

describe('mutated requests', () => {
  it('are answered or refused, and the isolate lives on', { timeout: 3_600_000 }, async () => {
    const all = seeds();
    const next = random(20_000);
    const statuses = new Map<number, number>();
    const failures: unknown[] = [];
    for (let run = 0; run < fixture.mutations; run++) {
      const request = mutant(all[run % all.length]!, next);
      const { path, method, headers, body } = request;
      const response = await isolate.fetch(path, { method, headers, body });
      await response.arrayBuffer();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      if (response.status >= 500) failures.push({ run, path, headers, status: response.status });
    }
    console.log(JSON.stringify({ event: 'mutations', statuses: Object.fromEntries(statuses) }));
    expect(failures).toEqual([]);
    const refused = [...statuses].filter(([status]) => status >= 400);
    expect(refused.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(
      fixture.mutations / 3,
    );
    expect((await isolate.classify(bytesOf(fixture.png))).status).toBe(200);
  });
});
