import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { ClassificationSchema } from '../../../edge/route/classify-schema.ts';
import { sha256 } from '../../../exporter/contract/digest.ts';
import type { Form } from '../../../exporter/contract/form.ts';
import { serialiseManifest } from '../../../exporter/contract/manifest.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { BULK_BYTES } from '../../edge-fixture/provided.ts';
import { familyMember, pointTo, publishMember, storeMember } from '../family.ts';
import { TestIsolate } from '../isolate.ts';
import { bytesOf, MODEL } from '../registry.ts';
import { WatchedBucket } from '../watched-bucket.ts';

const png = bytesOf(inject('fixture').png);
/** Room for one bulky version and the opening of it, and not for two. */
const HEAP_CAP_MIB = '26';

afterEach(reset);

/** Publishes a version that takes megabytes. `expected` are the logits that its manifest promises. */
async function publishBulky(version: number, expected?: number[]): Promise<void> {
  const { graph, zeros, logits } = inject('fixture').bulky[version - 1]!;
  const { manifest } = familyMember(version);
  const file = bytesOf(graph);
  const form = {
    ...manifest.forms[0]!,
    storage: 'onnx-external' as const,
    graph: { ...manifest.forms[0]!.graph, sha256: await sha256(file), bytes: file.length },
    weights: { sha256: zeros, bytes: BULK_BYTES },
    golden: { tolerance: 1e-3, logits: manifest.golden.map(() => expected ?? [...logits]) },
  };
  const stored = serialiseManifest({ ...manifest, forms: [form] });
  await env.MODELS.put(objectKey.part(form.graph.sha256), file);
  await env.MODELS.put(objectKey.part(zeros), new Uint8Array(BULK_BYTES));
  await env.MODELS.put(objectKey.manifest(MODEL, version), stored);
  await pointTo(version, await sha256(stored));
}

async function answeredBy(isolate: TestIsolate): Promise<number> {
  const response = await isolate.classify(png, '?top_k=1');
  const { version, predictions } = ClassificationSchema.parse(await response.json());
  const { logits } = inject('fixture').bulky[version - 1]!;
  expect(predictions[0]?.index).toBe(logits.indexOf(Math.max(...logits)));
  return version;
}

describe('a version that does not fit beside the one that serves', () => {
  it('takes its place, and requests wait for that', async () => {
    const isolate = new TestIsolate({ HEAP_CAP_MIB });
    await publishBulky(1);
    expect(await answeredBy(isolate)).toBe(1);
    await publishBulky(2);
    const versions = await Promise.all(Array.from({ length: 20 }, () => answeredBy(isolate)));
    expect(versions).toHaveLength(20);
    expect(await answeredBy(isolate)).toBe(2);
    expect((await isolate.versions()).heapBytes).toBeLessThanOrEqual(26 * 2 ** 20);
  });

  it('gives it back where it does not pass its checks', async () => {
    const isolate = new TestIsolate({ HEAP_CAP_MIB });
    await publishBulky(1);
    await answeredBy(isolate);
    await publishBulky(
      2,
      Array.from({ length: 10 }, () => 0),
    );
    expect(await answeredBy(isolate)).toBe(1);
    expect(await answeredBy(isolate)).toBe(1);
    expect((await isolate.versions()).swap).toMatchObject({ code: 'GOLDEN_MISMATCH' });
  });

  it('takes nothing where its parts are damaged', async () => {
    const bucket = new WatchedBucket();
    const isolate = new TestIsolate({ HEAP_CAP_MIB, MODELS: bucket.binding });
    await publishBulky(1);
    await answeredBy(isolate);
    const { zeros } = inject('fixture').bulky[0]!;
    await publishBulky(2);
    await env.MODELS.put(objectKey.part(zeros), new Uint8Array(BULK_BYTES).fill(1));
    expect(await answeredBy(isolate)).toBe(1);
    expect(await answeredBy(isolate)).toBe(1);
    expect((await isolate.versions()).swap).toMatchObject({ code: 'DIGEST_MISMATCH' });
    const reads = bucket.asked.filter((key) => key === objectKey.part(zeros));
    expect(reads).toHaveLength(2);
  });

  it('leaves the heap as it is where there is no room for it at all', async () => {
    const isolate = new TestIsolate();
    await publishMember(1, ['fp32 ort']);
    await isolate.fetch('/health/ready');
    const { heapBytes } = await isolate.versions();
    const large = (form: Form) => ({ ...form, graph: { ...form.graph, bytes: 130_000_000 } });
    const digest = await storeMember(2, ['fp32 ort'], (manifest) => ({
      ...manifest,
      forms: manifest.forms.map(large),
    }));
    await pointTo(2, digest);
    await isolate.fetch('/health/ready');
    expect(await isolate.versions()).toMatchObject({
      serving: { version: 1 },
      swap: { code: 'NO_HEADROOM' },
      heapBytes,
    });
  });

  it('lies beside it where there is room', async () => {
    const bucket = new WatchedBucket();
    const isolate = new TestIsolate({ MODELS: bucket.binding });
    await publishBulky(1);
    await answeredBy(isolate);
    await publishBulky(2);
    await answeredBy(isolate);
    expect(await answeredBy(isolate)).toBe(2);
    const { zeros } = inject('fixture').bulky[0]!;
    expect(bucket.asked.filter((key) => key === objectKey.part(zeros))).toHaveLength(2);
  });
});
