import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import type { Environment } from '../../../edge/environment.ts';
import { clientPosition } from '../../../edge/version/client-share.ts';
import { LoadedVersion } from '../../../edge/version/loaded-version.ts';
import { Trial } from '../../../edge/version/trial.ts';
import { type Halt, parseHalt, serialiseHalt } from '../../../exporter/contract/halt.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import type { Pointer, Rollout } from '../../../exporter/contract/pointer.ts';
import { answeredBy, currentPointer, publishMember, storeMember, tryOut } from '../family.ts';
import { expectProblem, TestIsolate } from '../isolate.ts';
import { bytesOf, MODEL } from '../registry.ts';
import { WatchedBucket } from '../watched-bucket.ts';

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

const KEYS = Array.from({ length: 12 }, (_, index) => `client ${index}`);

const HALT_KEY = objectKey.halt(MODEL, 'live');

async function halt(): Promise<Halt | null> {
  const object = await env.MODELS.get(HALT_KEY);
  return object && parseHalt(new Uint8Array(await object.arrayBuffer()));
}

/** An isolate that serves version 1, with version 2 stored. */
async function servingFirst(environment: Partial<Environment> = {}) {
  await publishMember(1, ['fp32 delta']);
  const isolate = new TestIsolate(environment);
  await answeredBy(isolate);
  return { isolate, manifestSha256: await storeMember(2, ['fp32 delta']) };
}

async function answersByClient(isolate: TestIsolate): Promise<Set<string>> {
  const candidates = new Set<string>();
  for (const clientKey of KEYS) {
    if ((await answeredBy(isolate, 'fp32', { clientKey })) === 2) candidates.add(clientKey);
  }
  return candidates;
}

/** Sends numbers that no picture gives, and that no version can answer in numbers. */
async function inferHuge(isolate: TestIsolate): Promise<void> {
  const data = Array.from({ length: 3 * 32 * 32 }, (_, index) => (index % 2 ? 3e38 : -3e38));
  const input = { name: 'image', datatype: 'FP32', shape: [1, 3, 32, 32], data };
  await isolate.fetch(`/v2/models/${MODEL}/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs: [input] }),
  });
}

describe('canary', () => {
  it('answers a share of the clients, who stay as it grows', async () => {
    const { isolate, manifestSha256 } = await servingFirst();
    const rounds: Set<string>[] = [];
    for (const share of [0, 0.4, 0.8, 1]) {
      await tryOut({ mode: 'canary', version: 2, manifestSha256, share });
      await answeredBy(isolate);
      rounds.push(await answersByClient(isolate));
    }
    expect(rounds.map(({ size }) => size).toSorted((a, b) => a - b)).toEqual(
      rounds.map(({ size }) => size),
    );
    expect([rounds[0]?.size, rounds[3]?.size]).toEqual([0, KEYS.length]);
    for (const [index, clients] of rounds.entries()) {
      for (const key of clients) expect(rounds[index + 1]?.has(key) ?? true).toBe(true);
    }
  });

  it.each(['canary', 'shadow'] as const)(
    'keeps its clients where it grows out of a %s and halts cannot be read',
    async (mode) => {
      const bucket = new WatchedBucket();
      const { isolate, manifestSha256 } = await servingFirst({ MODELS: bucket.binding });
      await tryOut({ mode, version: 2, manifestSha256, share: 0.4 });
      await answeredBy(isolate);
      bucket.fault = (key, get) =>
        key === HALT_KEY ? Promise.reject(new Error('10.0.0.7')) : get(key);
      await tryOut({ mode: 'canary', version: 2, manifestSha256, share: 0.8 });
      await answeredBy(isolate);
      for (const clientKey of KEYS) {
        const tried = clientPosition(2, clientKey) < 0.8;
        expect(await answeredBy(isolate, 'fp32', { clientKey })).toBe(tried ? 2 : 1);
      }
    },
  );

  it('that was halted is not taken up by the next before its halt could be read', async () => {
    const bucket = new WatchedBucket();
    const { isolate, manifestSha256 } = await servingFirst({ MODELS: bucket.binding });
    const bounds = { maxDisagreement: 0, minRequests: 1 };
    await tryOut({ mode: 'canary', version: 2, manifestSha256, ...bounds });
    for (let request = 0; request < 3; request++) await answeredBy(isolate);
    expect(await halt()).toMatchObject({ version: 2, reason: 'disagreement' });
    bucket.fault = (key, get) =>
      key === HALT_KEY ? Promise.reject(new Error('10.0.0.7')) : get(key);
    await tryOut({ mode: 'canary', version: 2, manifestSha256 });
    for (let request = 0; request < 3; request++) expect(await answeredBy(isolate)).toBe(1);
  });

  it('is halted by disagreement, for other isolates too', async () => {
    const { isolate, manifestSha256 } = await servingFirst();
    const bounds = { maxDisagreement: 0.5, minRequests: 3 };
    await tryOut({ mode: 'canary', version: 2, manifestSha256, ...bounds });
    for (let request = 0; request < 8; request++) await answeredBy(isolate);
    const { sequence } = (await currentPointer())!;
    expect(await halt()).toMatchObject({
      sequence,
      version: 2,
      reason: 'disagreement',
      disagreement: 1,
    });
    expect(await answeredBy(isolate)).toBe(1);
    const another = new TestIsolate();
    expect(await answeredBy(another)).toBe(1);
    expect(await answeredBy(another)).toBe(1);
  });

  it('stays halted for others where an isolate that was late took the place of its halt', async () => {
    const { isolate, manifestSha256 } = await servingFirst();
    const bounds = { maxDisagreement: 0, minRequests: 1 };
    await tryOut({ mode: 'canary', version: 2, manifestSha256, ...bounds });
    for (let request = 0; request < 3; request++) await answeredBy(isolate);
    const halted = (await halt())!;
    await env.MODELS.put(HALT_KEY, serialiseHalt({ ...halted, sequence: halted.sequence - 1 }));
    expect(await answeredBy(isolate)).toBe(1);
    expect(await halt()).toEqual(halted);
  });

  it('ends where its candidate does not pass its checks', async () => {
    const { isolate } = await servingFirst();
    const manifestSha256 = await storeMember(2, ['fp32 delta'], (manifest) => ({
      ...manifest,
      forms: manifest.forms.map((form) => ({
        ...form,
        golden: { ...form.golden, logits: form.golden.logits.map((row) => row.map(() => 0)) },
      })),
    }));
    await tryOut({ mode: 'canary', version: 2, manifestSha256 });
    for (let request = 0; request < 3; request++) expect(await answeredBy(isolate)).toBe(1);
    expect(await halt()).toMatchObject({ version: 2, reason: 'load' });
  });
});

describe('shadow', () => {
  it('answers by the version that serves, and halts where the candidate disagrees', async () => {
    const { isolate, manifestSha256 } = await servingFirst();
    const bounds = { maxDisagreement: 0.5, minRequests: 3 };
    await tryOut({ mode: 'shadow', version: 2, manifestSha256, share: 0.5, ...bounds });
    for (let request = 0; request < 10; request++) expect(await answeredBy(isolate)).toBe(1);
    expect(await halt()).toMatchObject({ version: 2, reason: 'disagreement' });
  });
});

describe.each(['canary', 'shadow'] as const)('the candidate of a %s', (mode) => {
  const bounds = { share: 1, maxErrorRate: 0, minRequests: 1 };

  it('is not blamed for numbers that the version that serves cannot take either', async () => {
    const { isolate, manifestSha256 } = await servingFirst();
    await tryOut({ mode, version: 2, manifestSha256, ...bounds });
    for (let request = 0; request < 2; request++) await answeredBy(isolate);
    const before = (await isolate.versions()).trial;
    expect(before).toMatchObject({ state: 'running', requests: 1, errors: 0, compared: 1 });
    for (let request = 0; request < 3; request++) await inferHuge(isolate);
    expect((await isolate.versions()).trial).toEqual(before);
    expect(await halt()).toBeNull();
  });

  it('is halted where it alone does not answer, and loses those requests', async () => {
    const { isolate, manifestSha256 } = await servingFirst();
    await tryOut({ mode, version: 2, manifestSha256, ...bounds });
    await answeredBy(isolate);
    const classify = LoadedVersion.prototype.classify;
    vi.spyOn(LoadedVersion.prototype, 'classify').mockImplementation(function (
      this: LoadedVersion,
      pictures,
    ) {
      const logits = classify.call(this, pictures);
      return this.stored.manifest.version === 2 ? logits.map((row) => row.fill(NaN)) : logits;
    });
    expect(await answeredBy(isolate)).toBe(1);
    expect((await isolate.versions()).trial).toMatchObject({ halted: 'errors', errors: 1 });
    expect(await halt()).toMatchObject({ version: 2, reason: 'errors', errorRate: 1 });
  });
});

describe('trial', () => {
  const pointer = {
    schema: 'patchwork/pointer@2' as const,
    model: MODEL,
    channel: 'live',
    sequence: 5,
    version: 1,
    manifestSha256: 'a'.repeat(64),
    history: [] as number[],
    signature: null,
  } satisfies Omit<Pointer, 'rollout'>;
  const rollout = {
    mode: 'canary' as const,
    version: 2,
    manifestSha256: 'b'.repeat(64),
    share: 1,
    maxErrorRate: 0.2,
    maxDisagreement: 0.1,
    minRequests: 10,
  } satisfies Rollout;

  it('is halted by errors, once there are requests enough to tell', () => {
    const trial = new Trial(rollout, { ...pointer, rollout });
    for (let request = 0; request < 9; request++) trial.count({ failed: request % 3 === 0 });
    expect(trial.halted).toBe(false);
    trial.count({ failed: false });
    expect(trial.halt).toMatchObject({ reason: 'errors', requests: 10, errorRate: 0.3 });
  });

  it('is halted by disagreement, once there are comparisons enough to tell', () => {
    const trial = new Trial(rollout, { ...pointer, rollout });
    for (let request = 0; request < 100; request++) trial.count({ failed: false });
    for (let picture = 0; picture < 9; picture++) trial.compare(1, picture < 2 ? 1 : 0);
    expect(trial.halted).toBe(false);
    trial.compare(1, 0);
    expect(trial.halt).toMatchObject({ reason: 'disagreement', disagreement: 0.2 });
  });

  it('goes on where all but one of a burst of requests agree', () => {
    const trial = new Trial({ ...rollout, minRequests: 50 }, { ...pointer, rollout });
    for (let request = 0; request < 60; request++) trial.count({ failed: false });
    for (let request = 0; request < 60; request++) trial.compare(1, request === 0 ? 1 : 0);
    expect(trial.status).toMatchObject({ compared: 60, disagreements: 1, halted: null });
  });

  it('goes on within its bounds', () => {
    const trial = new Trial(rollout, { ...pointer, rollout });
    for (let request = 0; request < 100; request++) {
      trial.count({ failed: request % 5 === 4 });
      trial.compare(1, request % 10 === 9 ? 1 : 0);
    }
    expect(trial.status).toMatchObject({ requests: 100, errors: 20, compared: 100, halted: null });
  });

  it('does not follow the halt of another', () => {
    const trial = new Trial(rollout, { ...pointer, rollout });
    const counts = { requests: 1, errorRate: 1, disagreement: 0 };
    const schema = 'patchwork/halt@1';
    trial.follow({ schema, sequence: 4, version: 2, reason: 'errors', ...counts });
    trial.follow({ schema, sequence: 5, version: 3, reason: 'errors', ...counts });
    expect(trial.halted).toBe(false);
    trial.follow({ schema, sequence: 5, version: 2, reason: 'errors', ...counts });
    expect(trial.halted).toBe(true);
  });
});

describe('where a client stands', () => {
  it('is spread evenly, and different for each candidate', () => {
    const positions = (candidate: number) =>
      Array.from({ length: 4000 }, (_, index) => clientPosition(candidate, `203.0.113.${index}`));
    const [first, second] = [positions(1), positions(2)];
    for (const share of [0.01, 0.1, 0.5, 0.9]) {
      const below = first.filter((position) => position < share).length / first.length;
      expect(Math.abs(below - share)).toBeLessThan(0.03);
    }
    const both = first.filter((position, index) => position < 0.5 && second[index]! < 0.5).length;
    expect(Math.abs(both / first.length - 0.25)).toBeLessThan(0.03);
  });
});

describe('pins', () => {
  it('get a version that the channel served, beside the one that serves', async () => {
    await publishMember(1, ['fp32 delta']);
    await publishMember(2, ['fp32 delta']);
    await storeMember(3, ['fp32 delta']);
    const isolate = new TestIsolate();
    expect(await answeredBy(isolate)).toBe(2);
    expect(await answeredBy(isolate, 'fp32', { query: '&version=1' })).toBe(1);
    expect(await answeredBy(isolate)).toBe(2);
    const png = bytesOf(inject('fixture').png);
    const never = await isolate.classify(png, '?version=3');
    await expectProblem(never, 404, 'VERSION_UNKNOWN');
  });
});
