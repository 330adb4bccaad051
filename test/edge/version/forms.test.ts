import { reset } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Precision } from '../../../exporter/contract/form.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import {
  answeredBy,
  type FormName,
  familyForm,
  pointTo,
  publishMember,
  storeMember,
} from '../family.ts';
import { TestIsolate } from '../isolate.ts';
import { WatchedBucket } from '../watched-bucket.ts';

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

const ALL: FormName[] = [
  'fp32 onnx',
  'fp32 onnx-external',
  'fp32 ort',
  'fp32 delta',
  'int8 ort',
  'int8 delta',
];

/** The parts that a bucket was asked for, as the names of the forms they are of. */
function partsAsked({ asked }: WatchedBucket, version: number): string[] {
  const parts = ALL.flatMap((name) => {
    const { graph, weights } = familyForm(version, name);
    return [
      { key: objectKey.part(graph.sha256), part: `${name} graph` },
      ...(weights ? [{ key: objectKey.part(weights.sha256), part: `${name} weights` }] : []),
    ];
  });
  return asked.flatMap((key) => parts.find((part) => part.key === key)?.part ?? []);
}

describe('forms', () => {
  it.each(ALL)('%s is opened, and swapped for another and back', async (name) => {
    const precision = name.startsWith('int8') ? 'int8' : 'fp32';
    const isolate = new TestIsolate();
    await publishMember(1, [name]);
    expect(await answeredBy(isolate, precision)).toBe(1);
    await publishMember(2, [name]);
    await answeredBy(isolate, precision);
    expect(await answeredBy(isolate, precision)).toBe(2);
    await publishMember(1, [name]);
    await answeredBy(isolate, precision);
    expect(await answeredBy(isolate, precision)).toBe(1);
  });

  it.each<[string | undefined, Precision, FormName[]]>([
    [undefined, 'int8', ALL],
    ['fp32,int8', 'fp32', ALL],
    ['fp32', 'fp32', ALL],
    [undefined, 'fp32', ['fp32 onnx']],
  ])('with PRECISIONS %s a version runs in %s', async (PRECISIONS, precision, forms) => {
    const bucket = new WatchedBucket();
    const isolate = new TestIsolate({
      MODELS: bucket.binding,
      ...(PRECISIONS ? { PRECISIONS } : {}),
    });
    await publishMember(1, forms);
    expect(await answeredBy(isolate, precision as 'fp32' | 'int8')).toBe(1);
    expect(partsAsked(bucket, 1)[0]).toContain(precision);
  });

  it('of a precision that a version does not have are not served', async () => {
    const isolate = new TestIsolate({ PRECISIONS: 'int8' });
    await publishMember(1, ['fp32 onnx']);
    expect((await isolate.fetch('/health/ready')).status).toBe(503);
    expect((await isolate.versions()).swap).toMatchObject({ code: 'MANIFEST_INVALID' });
  });

  it('take a delta before a flatbuffer before external data before one file', async () => {
    for (const [forms, parts] of [
      [ALL, ['fp32 delta graph', 'fp32 delta weights']],
      [ALL.slice(0, 3), ['fp32 ort graph']],
      [ALL.slice(0, 2), ['fp32 onnx-external graph', 'fp32 onnx-external weights']],
    ] as const) {
      const bucket = new WatchedBucket();
      const isolate = new TestIsolate({ MODELS: bucket.binding, PRECISIONS: 'fp32' });
      await publishMember(1, forms);
      expect(await answeredBy(isolate)).toBe(1);
      expect(partsAsked(bucket, 1)).toEqual(parts);
    }
  });

  it.each(['fp32', 'int8'] as const)(
    'that are %s deltas are swapped by their tensors alone',
    async (precision) => {
      const bucket = new WatchedBucket();
      const isolate = new TestIsolate({ MODELS: bucket.binding, PRECISIONS: precision });
      await publishMember(1, ALL);
      await answeredBy(isolate, precision);
      expect(partsAsked(bucket, 1)).toContain(`${precision} delta graph`);
      bucket.asked.splice(0);
      for (const version of [2, 3]) {
        await publishMember(version, ALL);
        await answeredBy(isolate, precision);
        expect(await answeredBy(isolate, precision)).toBe(version);
      }
      // The head is float32 in both precisions, so that its weights are one part.
      const weights = 'fp32 delta weights';
      expect(partsAsked(bucket, 2)).toEqual([weights]);
      expect(partsAsked(bucket, 3)).toEqual([weights]);
    },
  );

  it('that lie about a tensor are refused, and the one before keeps serving', async () => {
    const isolate = new TestIsolate();
    await publishMember(1, ['fp32 delta']);
    await answeredBy(isolate);
    const digest = await storeMember(2, ['fp32 delta'], (manifest) => ({
      ...manifest,
      forms: manifest.forms.map((form) => ({
        ...form,
        tensors: form.tensors.map((tensor) => ({ ...tensor, dims: [...tensor.dims, 1000] })),
      })),
    }));
    await pointTo(2, digest);
    await answeredBy(isolate);
    expect(await answeredBy(isolate)).toBe(1);
    expect((await isolate.versions()).swap).toMatchObject({ code: 'MANIFEST_INVALID' });
  });

  it('of all kinds leave the heap as it is over many swaps', async () => {
    const isolate = new TestIsolate({ PRECISIONS: 'int8,fp32' });
    const kinds: FormName[] = ['fp32 delta', 'int8 ort', 'fp32 ort', 'int8 delta'];
    const digests = await Promise.all(kinds.map((kind, index) => storeMember(index + 1, [kind])));
    const swapRound = async (rounds: number) => {
      for (let swap = 0; swap < rounds * kinds.length; swap++) {
        const index = swap % kinds.length;
        await pointTo(index + 1, digests[index]!);
        await answeredBy(isolate, kinds[index]!.startsWith('int8') ? 'int8' : 'fp32').catch(
          () => 0,
        );
        await isolate.fetch('/versions');
      }
      return (await isolate.versions()).heapBytes;
    };
    const settled = await swapRound(2);
    expect(await swapRound(4)).toBe(settled);
    expect((await isolate.versions()).swap).toMatchObject({ state: 'serving', version: 4 });
  });
});
