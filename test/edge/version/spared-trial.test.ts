import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Heap } from '../../../edge/runtime/heap.ts';
import { OrtInstance } from '../../../edge/runtime/instance.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { answeredBy, familyForm, publishMember, storeMember, tryOut } from '../family.ts';
import { expectProblem, TestIsolate } from '../isolate.ts';
import { MODEL } from '../registry.ts';
import { WatchedBucket } from '../watched-bucket.ts';

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});

const CANDIDATE_PART = objectKey.part(familyForm(2, 'fp32 delta').weights!.sha256);

/** An isolate that serves version 1, whose runtime suffers `trouble` when it reads the parts of version 2. */
async function troubledIsolate(trouble: (instance: OrtInstance) => void) {
  const create = vi.spyOn(OrtInstance, 'create');
  const bucket = new WatchedBucket();
  const isolate = new TestIsolate({ MODELS: bucket.binding, HEAP_CAP_MIB: '20' });
  await publishMember(1, ['fp32 delta']);
  await answeredBy(isolate);
  const instance: OrtInstance = await create.mock.results[0]!.value;
  bucket.fault = (key, get) => {
    if (key === CANDIDATE_PART) {
      bucket.fault = null;
      trouble(instance);
    }
    return get(key);
  };
  return { isolate, manifestSha256: await storeMember(2, ['fp32 delta']) };
}

describe('a trial is not halted for other isolates', () => {
  it('where the runtime broke down beside the load of its candidate', async () => {
    const { isolate, manifestSha256 } = await troubledIsolate(trap);
    await tryOut({ mode: 'canary', version: 2, manifestSha256 });
    expect(await answeredBy(isolate)).toBe(1);
    await expectTriedAfterARest(isolate);
  });

  it('where the isolate has no room for its candidate', async () => {
    const held: number[] = [];
    let heap!: Heap;
    const { isolate, manifestSha256 } = await troubledIsolate((instance) => {
      heap = instance.heap;
      for (const bytes of [2 ** 20, 2 ** 16, 2 ** 12, 2 ** 8, 8]) {
        for (let at = heap.tryAllocate(bytes); at !== 0; at = heap.tryAllocate(bytes))
          held.push(at);
      }
    });
    await tryOut({ mode: 'canary', version: 2, manifestSha256 });
    await isolate.fetch('/health/ready');
    for (const pointer of held) heap.free(pointer);
    expect((await isolate.versions()).trial).toMatchObject({ state: 'failed', code: 'HEAP_FULL' });
    await expectTriedAfterARest(isolate);
  });
});

it('an operator is told to try again where the runtime broke down beside a load', async () => {
  const { isolate } = await troubledIsolate(trap);
  await expectProblem(await isolate.admin('pointer', { version: 2 }), 503, 'NOT_READY');
  expect((await isolate.admin('pointer', { version: 2 })).status).toBe(200);
  expect(await answeredBy(isolate)).toBe(2);
});

async function expectTriedAfterARest(isolate: TestIsolate): Promise<void> {
  await answeredBy(isolate);
  expect(await env.MODELS.head(objectKey.halt(MODEL, 'live'))).toBeNull();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
  await answeredBy(isolate);
  expect(await answeredBy(isolate)).toBe(2);
}

function trap(instance: OrtInstance): void {
  expect(() =>
    instance.guard(() => {
      throw new WebAssembly.RuntimeError('unreachable');
    }),
  ).toThrow();
}
