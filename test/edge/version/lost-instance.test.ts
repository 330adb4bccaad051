import { reset } from 'cloudflare:test';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ClassificationSchema } from '../../../edge/route/classify-schema.ts';
import { HEAVY } from '../../edge-fixture/provided.ts';
import { expectProblem, TestIsolate } from '../isolate.ts';
import { expectPredictions, referencePredictions } from '../reference.ts';
import { bytesOf, publish, store } from '../registry.ts';

const png = bytesOf(inject('fixture').png);

beforeAll(() => publish(HEAVY));
afterAll(reset);

function eightPictures(): FormData {
  const data = new FormData();
  for (let index = 0; index < 8; index++) data.append('picture', new File([png], `${index}.png`));
  return data;
}

async function expectServed(isolate: TestIsolate, version: number): Promise<void> {
  const response = await isolate.classify(png, '?top_k=10');
  const answer = ClassificationSchema.parse(await response.json());
  expect(answer.version).toBe(version);
  expectPredictions(answer.predictions, referencePredictions(version, 0));
}

describe('a runtime that ran out of memory', () => {
  it('is rebuilt, and serves the same version again', async () => {
    const isolate = new TestIsolate({ HEAP_CAP_MIB: '22' });
    await expectServed(isolate, HEAVY);
    await expectProblem(await isolate.classify(eightPictures()), 503, 'NOT_READY');
    await expectServed(isolate, HEAVY);
    await expectServed(isolate, HEAVY);
  });

  it('fails no request that comes meanwhile', async () => {
    const isolate = new TestIsolate({ HEAP_CAP_MIB: '22' });
    const [tooMuch, ...others] = await Promise.all([
      isolate.classify(eightPictures()),
      ...Array.from({ length: 20 }, () => isolate.classify(png)),
    ]);
    expect(tooMuch?.status).toBe(503);
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 200));
  });

  it('takes another version after it', async () => {
    await store(1);
    const isolate = new TestIsolate({ HEAP_CAP_MIB: '22' });
    await isolate.classify(eightPictures());
    expect((await isolate.admin('pointer', { version: 1 })).status).toBe(200);
    expect((await isolate.classify(eightPictures())).status).toBe(200);
    await expectServed(isolate, 1);
  });
});
