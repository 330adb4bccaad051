import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { ClassificationSchema } from '../../../edge/route/classify-schema.ts';
import { sha256 } from '../../../exporter/contract/digest.ts';
import type { Form } from '../../../exporter/contract/form.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { expectProblem, TestIsolate } from '../isolate.ts';
import { expectPredictions, referencePredictions } from '../reference.ts';
import {
  bytesOf,
  fixtureVersion,
  MODEL,
  POINTER_KEY,
  partKey,
  point,
  publish,
  publishChanged,
  repoint,
  store,
} from '../registry.ts';
import { brokenOff, WatchedBucket } from '../watched-bucket.ts';

const png = bytesOf(inject('fixture').png);

beforeEach(() => publish(1));
afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

/** The version that answers, after checking that the answer is that version's. */
async function servedBy(isolate: TestIsolate): Promise<number> {
  const response = await isolate.classify(png, '?top_k=10');
  const { version, predictions } = ClassificationSchema.parse(await response.json());
  expectPredictions(predictions, referencePredictions(version, 0));
  return version;
}

describe('swap', () => {
  it('follows the pointer in the background, forwards and back', async () => {
    const isolate = new TestIsolate();
    expect(await servedBy(isolate)).toBe(1);
    await publish(2);
    expect(await servedBy(isolate)).toBe(1);
    expect(await servedBy(isolate)).toBe(2);
    await point(1);
    await servedBy(isolate);
    expect(await servedBy(isolate)).toBe(1);
  });

  it('returns to a version that is still loaded without loading it again', async () => {
    const bucket = new WatchedBucket();
    const isolate = new TestIsolate({ MODELS: bucket.binding });
    await servedBy(isolate);
    await publish(2);
    await servedBy(isolate);
    expect(await servedBy(isolate)).toBe(2);
    await point(1);
    await servedBy(isolate);
    expect(await servedBy(isolate)).toBe(1);
    expect(bucket.asked.filter((key) => key === partKey(1))).toHaveLength(1);
  });

  it('reads the pointer no more often than its time to live', async () => {
    const bucket = new WatchedBucket();
    const isolate = new TestIsolate({ MODELS: bucket.binding, POINTER_TTL_MS: '60000' });
    for (let request = 0; request < 5; request++) await servedBy(isolate);
    expect(bucket.asked.filter((key) => key === POINTER_KEY)).toHaveLength(1);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_001 });
    await servedBy(isolate);
    expect(bucket.asked.filter((key) => key === POINTER_KEY)).toHaveLength(2);
  });

  it('loads once for all the requests of a cold isolate', async () => {
    const bucket = new WatchedBucket();
    const isolate = new TestIsolate({ MODELS: bucket.binding, POINTER_TTL_MS: '60000' });
    const versions = await Promise.all(Array.from({ length: 50 }, () => servedBy(isolate)));
    expect(new Set(versions)).toEqual(new Set([1]));
    expect(bucket.asked).toHaveLength(3);
  });

  it('loads once for all the requests that see a new pointer', async () => {
    const bucket = new WatchedBucket();
    const isolate = new TestIsolate({ MODELS: bucket.binding });
    await servedBy(isolate);
    await publish(2);
    await Promise.all(Array.from({ length: 100 }, () => servedBy(isolate)));
    expect(await servedBy(isolate)).toBe(2);
    expect(bucket.asked.filter((key) => key === partKey(2))).toHaveLength(1);
  });

  it('tells what it serves, what the pointer says, and what is stored', async () => {
    await publish(2);
    await store(3);
    const isolate = new TestIsolate();
    await servedBy(isolate);
    expect(await isolate.versions()).toMatchObject({
      model: MODEL,
      channel: 'live',
      serving: { version: 2, parent: 1, manifestSha256: fixtureVersion(2).manifestSha256 },
      pointer: { version: 2, history: [1] },
      swap: { state: 'serving', version: 2, reason: null },
      versions: [{ version: 3 }, { version: 2 }, { version: 1 }],
    });
  });

  it('keeps the heap flat', async () => {
    await store(2);
    const isolate = new TestIsolate();
    const heapAfter = async (swaps: number) => {
      for (let swap = 0; swap < swaps; swap++) {
        await isolate.admin('pointer', { version: 1 + (swap % 2) });
        await servedBy(isolate);
      }
      return (await isolate.versions()).heapBytes;
    };
    const settled = await heapAfter(6);
    expect(await heapAfter(30)).toBe(settled);
  });
});

const digest = 'f'.repeat(64);

/** Publishes version 2 with its part replaced by what `change` makes of it. */
async function publishPart(change: (part: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) {
  await publish(2);
  await env.MODELS.put(partKey(2), change(fixtureVersion(2).graph));
}

/** Publishes version 2 with a graph that its manifest describes truly, and that is not one. */
async function publishNonsense() {
  const nonsense = new TextEncoder().encode('not a graph');
  const part = { sha256: await sha256(nonsense), bytes: nonsense.length };
  await publishGraph(part);
  await env.MODELS.put(objectKey.part(part.sha256), nonsense);
}

function publishGraph(change: Partial<Form['graph']>) {
  return publishForm((form) => ({ ...form, graph: { ...form.graph, ...change } }));
}

function publishForm(change: (form: Form) => Form) {
  return publishChanged(2, (manifest) => ({ ...manifest, forms: manifest.forms.map(change) }));
}

/** Publishes version 2 with another expectation of its first golden picture. */
function publishLogits(change: (logits: number[]) => number[]) {
  return publishForm((form) => {
    const [first, ...others] = form.golden.logits;
    return { ...form, golden: { ...form.golden, logits: [change(first!), ...others] } };
  });
}

function publishPixels(pixels: string) {
  return publishChanged(2, (manifest) => {
    const [first, ...others] = manifest.golden;
    return { ...manifest, golden: [{ ...first!, pixels }, ...others] };
  });
}

async function publishManifest(text: string) {
  await store(2);
  const key = objectKey.manifest(MODEL, 2);
  await env.MODELS.put(key, text);
  await point(2);
}

const DAMAGE: readonly [string, () => Promise<unknown>, string, RegExp][] = [
  [
    'a flipped bit in its part',
    () => publishPart((part) => part.with(part.length >> 1, part[part.length >> 1]! ^ 1)),
    'DIGEST_MISMATCH',
    /holds bytes of SHA-256/,
  ],
  ['a truncated part', () => publishPart((part) => part.slice(0, -1)), 'DIGEST_MISMATCH', /only/],
  [
    'a part that is too long',
    () => publishPart((part) => Uint8Array.of(...part, 0)),
    'DIGEST_MISMATCH',
    /more bytes/,
  ],
  ['an empty part', () => publishPart(() => new Uint8Array(0)), 'DIGEST_MISMATCH', /only 0 bytes/],
  [
    'no part',
    async () => {
      await publish(2);
      await env.MODELS.delete(partKey(2));
    },
    'PART_MISSING',
    /not in the bucket/,
  ],
  ['no manifest', () => point(2, digest), 'VERSION_UNKNOWN', /Version 2 .* not in the bucket/],
  [
    'another manifest than the pointer says',
    async () => {
      await store(2);
      await point(2, digest);
    },
    'DIGEST_MISMATCH',
    /manifest of version 2 has SHA-256/,
  ],
  ['a manifest that is not JSON', () => publishManifest('{'), 'MANIFEST_INVALID', /not JSON/],
  ['a manifest of another schema', () => publishManifest('{}'), 'MANIFEST_INVALID', /schema/],
  [
    'the manifest of another model',
    () => publishChanged(2, (manifest) => ({ ...manifest, model: 'other' })),
    'MANIFEST_MISPLACED',
    /version 2 of other/,
  ],
  [
    'golden vectors that it does not meet',
    () => publishLogits((logits) => logits.with(3, logits[3]! + 0.01)),
    'GOLDEN_MISMATCH',
    /"noise 0".*differ by 0\.0/,
  ],
  [
    'a golden vector of another size',
    () => publishPixels(btoa('abc')),
    'MANIFEST_INVALID',
    /3 bytes of pixels/,
  ],
  ['a graph that is none', publishNonsense, 'GRAPH_REFUSED', /Opening the graph failed/],
  [
    'a graph of other ports',
    () => publishGraph({ input: 'picture' }),
    'GRAPH_REFUSED',
    /takes and gives image .* says picture/,
  ],
  ['more bytes than fit', () => publishGraph({ bytes: 2 ** 31 }), 'NO_HEADROOM', /HEAP_CAP_MIB/],
  [
    'a pointer that is damaged',
    () => env.MODELS.put(POINTER_KEY, 'damaged'),
    'POINTER_INVALID',
    /not JSON/,
  ],
];

describe('a version that must not serve', () => {
  it.each(DAMAGE)('%s: the one before keeps serving', async (_, publishDamaged, code, reason) => {
    const isolate = new TestIsolate();
    expect(await servedBy(isolate)).toBe(1);
    await publishDamaged();
    expect(await servedBy(isolate)).toBe(1);
    expect(await servedBy(isolate)).toBe(1);
    const { serving, swap } = await isolate.versions();
    expect(serving?.version).toBe(1);
    expect(swap).toMatchObject({ state: 'failed', code, reason: expect.stringMatching(reason) });
    expect((await isolate.fetch('/health/ready')).status).toBe(200);

    await store(3);
    await repoint(3);
    await servedBy(isolate);
    expect(await servedBy(isolate)).toBe(3);
    expect((await isolate.versions()).swap).toMatchObject({ state: 'serving', version: 3 });
  });

  it.each(DAMAGE.slice(0, -1))(
    '%s: a cold isolate serves the one before',
    async (_, damage, code) => {
      await damage();
      const isolate = new TestIsolate();
      expect(await servedBy(isolate)).toBe(1);
      expect(await isolate.versions()).toMatchObject({
        serving: { version: 1 },
        pointer: { version: 2, history: [1] },
        swap: { state: 'failed', version: 2, code },
      });
    },
  );

  it('leaves a cold isolate without a version, where there was none before', async () => {
    await env.MODELS.put(partKey(1), 'damaged');
    const isolate = new TestIsolate();
    const { detail } = await expectProblem(await isolate.classify(png), 503, 'NOT_READY');
    expect(detail).toContain('holds only 7 bytes');
    await expectProblem(await isolate.fetch('/health/ready'), 503, 'NOT_READY');
    expect(await isolate.versions()).toMatchObject({ serving: null, swap: { state: 'failed' } });
  });

  it('is not fetched again by each request, but after a while', async () => {
    const bucket = new WatchedBucket();
    const isolate = new TestIsolate({ MODELS: bucket.binding });
    await servedBy(isolate);
    await publishPart((part) => part.slice(1));
    for (let request = 0; request < 5; request++) await servedBy(isolate);
    expect(bucket.asked.filter((key) => key === partKey(2))).toHaveLength(1);
    await store(2);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    await servedBy(isolate);
    expect(await servedBy(isolate)).toBe(2);
  });

  it('of a cold isolate is loaded as soon as it is mended by another', async () => {
    await env.MODELS.delete(partKey(1));
    const isolate = new TestIsolate();
    await expectProblem(await isolate.classify(png), 503, 'NOT_READY');
    await publish(2);
    expect(await servedBy(isolate)).toBe(2);
  });
});

describe('a bucket that fails', () => {
  it.each<[string, (bucket: WatchedBucket) => void]>([
    [
      'at everything',
      (bucket) => {
        bucket.fault = () => Promise.reject(new Error('r2: internal error 10001 at 10.0.0.7'));
      },
    ],
    [
      'at the pointer',
      (bucket) => {
        bucket.fault = (key, get) =>
          key === POINTER_KEY ? Promise.reject(new Error('10.0.0.7')) : get(key);
      },
    ],
    [
      'at the part',
      (bucket) => {
        bucket.fault = (key, get) =>
          key.startsWith('parts/') ? Promise.reject(new Error('10.0.0.7')) : get(key);
      },
    ],
    [
      'in the middle of the part',
      (bucket) => {
        bucket.fault = (key, get) =>
          key.startsWith('parts/') ? brokenOff(get(key), 100) : get(key);
      },
    ],
  ])('%s: the version before keeps serving, and the next follows', async (_, breakDown) => {
    const bucket = new WatchedBucket();
    const isolate = new TestIsolate({ MODELS: bucket.binding });
    expect(await servedBy(isolate)).toBe(1);
    await publish(2);
    breakDown(bucket);
    expect(await servedBy(isolate)).toBe(1);
    const versions = await isolate.versions();
    expect(versions).toMatchObject({
      serving: { version: 1 },
      swap: { state: 'failed', code: 'STORAGE_FAILED' },
    });
    expect(JSON.stringify(versions)).not.toContain('10.0.0.7');
    bucket.fault = null;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    await servedBy(isolate);
    expect(await servedBy(isolate)).toBe(2);
  });

  it('leaves the pointer where an operator asks for a swap meanwhile', async () => {
    const bucket = new WatchedBucket();
    const isolate = new TestIsolate({ MODELS: bucket.binding });
    await servedBy(isolate);
    await store(2);
    bucket.fault = (key, get) => (key.startsWith('parts/') ? brokenOff(get(key), 100) : get(key));
    await expectProblem(await isolate.admin('pointer', { version: 2 }), 503, 'STORAGE_FAILED');
    bucket.fault = null;
    expect(await isolate.versions()).toMatchObject({ pointer: { version: 1 } });
    expect(await servedBy(isolate)).toBe(1);
  });
});
