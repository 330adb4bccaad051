import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { serialisePointer, withRollout } from '../../../exporter/contract/pointer.ts';
import {
  answeredBy,
  currentPointer,
  familyForm,
  pointTo,
  publishMember,
  storeMember,
  tryOut,
} from '../family.ts';
import { TestIsolate } from '../isolate.ts';
import { POINTER_KEY } from '../registry.ts';
import { WatchedBucket } from '../watched-bucket.ts';

afterEach(reset);

/** An isolate that serves version 1 and answers everybody by its candidate, version 2. */
async function tryingOut(bucket = new WatchedBucket()) {
  const isolate = new TestIsolate({ MODELS: bucket.binding });
  await publishMember(1, ['fp32 ort']);
  await answeredBy(isolate);
  const manifestSha256 = await storeMember(2, ['fp32 ort']);
  await tryOut({ mode: 'canary', version: 2, manifestSha256 });
  await answeredBy(isolate);
  expect(await answeredBy(isolate)).toBe(2);
  return { isolate, manifestSha256 };
}

/** Publishes version 3, which cannot be loaded. */
async function publishBroken(): Promise<void> {
  const digest = await storeMember(3, ['fp32 ort']);
  await env.MODELS.delete(objectKey.part(familyForm(3, 'fp32 ort').graph.sha256));
  await pointTo(3, digest);
}

describe('a trial', () => {
  it('ends with the pointer that asks for it, where its successor cannot be loaded', async () => {
    const { isolate } = await tryingOut();
    await publishBroken();
    await answeredBy(isolate);
    for (let request = 0; request < 2; request++) expect(await answeredBy(isolate)).toBe(1);
    expect(await isolate.versions()).toMatchObject({ trial: null, swap: { state: 'failed' } });
  });

  it('does not go on beside another version than the one that its pointer serves', async () => {
    const { isolate, manifestSha256 } = await tryingOut();
    const { rollout } = (await currentPointer())!;
    await publishBroken();
    const next = withRollout((await currentPointer())!, { ...rollout!, manifestSha256 });
    await env.MODELS.put(POINTER_KEY, serialisePointer(next));
    await answeredBy(isolate);
    for (let request = 0; request < 2; request++) expect(await answeredBy(isolate)).toBe(1);
    await publishMember(4, ['fp32 ort']);
    await answeredBy(isolate);
    expect(await answeredBy(isolate)).toBe(4);
  });

  it('ends before the version after it is loaded', async () => {
    const bucket = new WatchedBucket();
    const { isolate } = await tryingOut(bucket);
    const served: number[] = [];
    const { graph } = familyForm(3, 'fp32 ort');
    bucket.fault = async (key, get) => {
      if (key === objectKey.part(graph.sha256)) served.push(await answeredBy(isolate));
      return get(key);
    };
    await publishMember(3, ['fp32 ort']);
    await answeredBy(isolate);
    expect(served).toEqual([1]);
    expect(await answeredBy(isolate)).toBe(3);
  });

  it('whose candidate is promoted hands its clients over', async () => {
    const bucket = new WatchedBucket();
    const { isolate, manifestSha256 } = await tryingOut(bucket);
    bucket.asked.splice(0);
    await pointTo(2, manifestSha256);
    for (let request = 0; request < 3; request++) expect(await answeredBy(isolate)).toBe(2);
    expect(bucket.asked.filter((key) => key.startsWith('parts/'))).toEqual([]);
    expect(await isolate.versions()).toMatchObject({ serving: { version: 2 }, trial: null });
  });
});
