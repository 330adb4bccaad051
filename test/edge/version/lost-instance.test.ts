import { reset } from 'cloudflare:test';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { ClassificationSchema } from '../../../edge/route/classify-schema.ts';
import { OrtInstance } from '../../../edge/runtime/instance.ts';
import { HEAVY } from '../../edge-fixture/provided.ts';
import { TestIsolate } from '../isolate.ts';
import { expectPredictions, referencePredictions } from '../reference.ts';
import { bytesOf, publish, store } from '../registry.ts';

const png = bytesOf(inject('fixture').png);

beforeAll(() => publish(HEAVY));
afterEach(() => vi.restoreAllMocks());
afterAll(reset);

/** An isolate that serves, and a way to take all the heap that its runtime has left. */
async function servingIsolate() {
  const create = vi.spyOn(OrtInstance, 'create');
  const isolate = new TestIsolate({ HEAP_CAP_MIB: '22' });
  await expectServed(isolate, HEAVY);
  const instance: OrtInstance = await create.mock.results[0]!.value;
  const exhaust = () => {
    while (instance.heap.tryAllocate(2 ** 20) !== 0);
  };
  return { isolate, instance, exhaust };
}

async function expectServed(isolate: TestIsolate, version: number): Promise<void> {
  const response = await isolate.classify(png, '?top_k=10');
  const answer = ClassificationSchema.parse(await response.json());
  expect(answer.version).toBe(version);
  expectPredictions(answer.predictions, referencePredictions(version, 0));
}

describe('a runtime that ran out of memory', () => {
  it('is rebuilt, and answers the request that met it, by the same version', async () => {
    const { isolate, instance, exhaust } = await servingIsolate();
    exhaust();
    await expectServed(isolate, HEAVY);
    expect(instance.lost).toBe(true);
    await expectServed(isolate, HEAVY);
  });

  it('fails no request that comes meanwhile', async () => {
    const { isolate, instance, exhaust } = await servingIsolate();
    exhaust();
    const answers = await Promise.all(Array.from({ length: 20 }, () => isolate.classify(png)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(instance.lost).toBe(true);
  });

  it('takes another version after it', async () => {
    await store(1);
    const { isolate, instance, exhaust } = await servingIsolate();
    exhaust();
    await isolate.classify(png);
    expect(instance.lost).toBe(true);
    expect((await isolate.admin('pointer', { version: 1 })).status).toBe(200);
    await expectServed(isolate, 1);
  });
});
