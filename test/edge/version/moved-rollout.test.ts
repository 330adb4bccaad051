import { reset } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OrtInstance } from '../../../edge/runtime/instance.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { advancePointer, type Pointer, withRollout } from '../../../exporter/contract/pointer.ts';
import {
  answeredBy,
  currentPointer,
  type FormName,
  publishMember,
  storeMember,
} from '../family.ts';
import { expectProblem, TestIsolate } from '../isolate.ts';
import { MODEL } from '../registry.ts';
import { WatchedBucket } from '../watched-bucket.ts';

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

const BOUNDS = { share: 0.5, maxErrorRate: 0, maxDisagreement: 1, minRequests: 100 };

/** One on each side of a canary of version 3 at a half. */
const CLIENTS = { served: 'client 2', tried: 'client 0' };

/** A pointer to `version` that tries out version 3, both stored in the form. */
async function rolloutOf3(version: number, form: FormName): Promise<Pointer> {
  const name = { model: MODEL, channel: 'live' };
  const reference = { version, manifestSha256: await storeMember(version, [form]) };
  const candidate = { version: 3, manifestSha256: await storeMember(3, [form]) };
  const next = advancePointer(await currentPointer(), name, reference);
  return withRollout(next, { mode: 'canary', ...candidate, ...BOUNDS });
}

async function expectServedAndTried(
  isolate: TestIsolate,
  version: number,
  precision: 'fp32' | 'int8',
) {
  for (let request = 0; request < 2; request++) {
    expect(await answeredBy(isolate, precision, { clientKey: CLIENTS.served })).toBe(version);
    expect(await answeredBy(isolate, precision, { clientKey: CLIENTS.tried })).toBe(3);
  }
}

describe('a pointer with a rollout that an operator puts in place', () => {
  for (const form of ['fp32 ort', 'int8 ort', 'fp32 delta'] as const) {
    const precision = form.startsWith('int8') ? 'int8' : 'fp32';

    it.each([1, 2])(
      `serves version %i and its candidate by a cold isolate, ${form}`,
      async (version) => {
        await publishMember(1, [form]);
        const isolate = new TestIsolate();
        const pointer = await rolloutOf3(version, form);
        expect((await isolate.admin('pointer', { pointer })).status).toBe(200);
        await expectServedAndTried(isolate, version, precision);
      },
    );

    it.each([1, 2])(
      `serves version %i and its candidate by one that serves, ${form}`,
      async (version) => {
        await publishMember(1, [form]);
        const isolate = new TestIsolate();
        await answeredBy(isolate, precision);
        const pointer = await rolloutOf3(version, form);
        expect((await isolate.admin('pointer', { pointer })).status).toBe(200);
        await expectServedAndTried(isolate, version, precision);
      },
    );
  }

  it('serves both where the runtime breaks down over the candidate', async () => {
    const create = vi.spyOn(OrtInstance, 'create');
    const bucket = new WatchedBucket();
    await publishMember(1, ['fp32 ort']);
    const isolate = new TestIsolate({ MODELS: bucket.binding });
    await answeredBy(isolate);
    const pointer = await rolloutOf3(2, 'fp32 ort');
    const instance: OrtInstance = await create.mock.results[0]!.value;
    bucket.fault = (key, get) => {
      if (key === objectKey.manifest(MODEL, 3) && !instance.lost) trap(instance);
      return get(key);
    };
    expect((await isolate.admin('pointer', { pointer })).status).toBe(200);
    expect(instance.lost).toBe(true);
    await expectServedAndTried(isolate, 2, 'fp32');
  });

  it('changes nothing where the candidate does not pass its checks', async () => {
    await publishMember(1, ['fp32 ort']);
    const isolate = new TestIsolate();
    await answeredBy(isolate);
    const pointer = await rolloutOf3(2, 'fp32 ort');
    await storeMember(3, ['fp32 delta']);
    const refused = await isolate.admin('pointer', { pointer });
    await expectProblem(refused, 422, 'VERSION_REFUSED');
    expect(await answeredBy(isolate)).toBe(1);
    expect((await currentPointer())?.version).toBe(1);
  });
});

function trap(instance: OrtInstance): void {
  expect(() =>
    instance.guard(() => {
      throw new WebAssembly.RuntimeError('unreachable');
    }),
  ).toThrow();
}
