import { describe, expect, test } from 'vitest';
import { serialiseHalt } from '../../../exporter/contract/halt.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { parsePointer, verifyPointer } from '../../../exporter/contract/pointer.ts';
import { ROLLOUT_DEFAULTS } from '../../../exporter/registry/defaults.ts';
import { finishRollout, stopRollout } from '../../../exporter/registry/end-rollout.ts';
import { listRegistry } from '../../../exporter/registry/list.ts';
import type { ObjectStore } from '../../../exporter/registry/object-store.ts';
import { promote } from '../../../exporter/registry/promote.ts';
import { publish } from '../../../exporter/registry/publish.ts';
import { rollback } from '../../../exporter/registry/rollback.ts';
import { type RolloutRequest, rollOut } from '../../../exporter/registry/rollout.ts';
import { readService } from '../../../exporter/registry/rollout-state.ts';
import { verifyRegistry } from '../../../exporter/registry/verify.ts';
import { UNSIGNED } from '../../../exporter/signing/signer.ts';
import { freshSigner, versionWithCard } from '../signed.ts';
import { MemoryStore } from './memory-store.ts';
import { intercepted } from './stopping-store.ts';

const signer = await freshSigner();
const live = { model: 'resnet18', channel: 'live', signer };
const versions = [1, 2, 3, 4].map((version) => versionWithCard(version, signer));

const pointerOf = (store: MemoryStore) =>
  parsePointer(store.objects.get(objectKey.pointer('resnet18', 'live'))!.bytes);

/** Three versions, of which the channel serves the second, after the first. */
async function registry(): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const artifact of (await Promise.all(versions)).slice(0, 3)) {
    const channel = artifact.manifest.version === 3 ? 'next' : 'live';
    await publish(store, artifact, { channel, signer });
  }
  return store;
}

const tryOut = (store: ObjectStore, settings: RolloutRequest['settings'] = {}, version = 3) =>
  rollOut(store, { ...live, version, settings });

/** As a worker halts the trial that is under way. */
async function halt(store: MemoryStore): Promise<void> {
  const { sequence, rollout } = pointerOf(store);
  const halted = serialiseHalt({
    schema: 'patchwork/halt@1',
    sequence,
    version: rollout!.version,
    reason: 'disagreement',
    requests: 120,
    errorRate: 0,
    disagreement: 0.25,
  });
  await store.put(objectKey.halt('resnet18', 'live'), halted);
}

describe('a rollout', () => {
  test('is in the signed pointer, beside what is served', async () => {
    const store = await registry();
    const { manifestSha256 } = (await versions[2])!;
    const rollout = { ...ROLLOUT_DEFAULTS, share: 0.25, version: 3, manifestSha256 };
    expect(await tryOut(store, { share: 0.25 })).toEqual(rollout);
    const pointer = pointerOf(store);
    await verifyPointer(pointer, signer.trusted);
    expect(pointer).toMatchObject({ sequence: 3, version: 2, history: [1], rollout });
    expect(await readService(store, live)).toEqual({ serves: 2, trial: { rollout, halt: null } });
    const listing = await listRegistry(store, 'resnet18');
    expect(listing.versions.map(({ channels, trials }) => [channels, trials])).toEqual([
      [[], []],
      [['live'], []],
      [['next'], [{ channel: 'live', rollout, halt: null }]],
    ]);
    expect((await verifyRegistry(store, { trusted: signer.trusted })).faults).toEqual([]);
  });

  test('that grows keeps its candidate, its mode and its bounds', async () => {
    const store = await registry();
    const bounds = { maxErrorRate: 0, maxDisagreement: 0.5, minRequests: 7 };
    const first = await tryOut(store, { mode: 'shadow', share: 0.25, ...bounds });
    expect(await tryOut(store, { share: 0.5 })).toEqual({ ...first, share: 0.5 });
    const unnamed = { ...live, settings: { mode: 'canary' as const } };
    expect(await rollOut(store, unnamed)).toEqual({ ...first, share: 0.5, mode: 'canary' });
    expect(pointerOf(store)).toMatchObject({ sequence: 5, version: 2, history: [1] });
  });

  test('that is asked for again is left as it is, so that nothing is counted anew', async () => {
    const store = await registry();
    await tryOut(store, { share: 0.25 });
    const before = store.snapshot();
    await tryOut(store, { share: 0.25 });
    await tryOut(store);
    expect(store.snapshot()).toEqual(before);
  });

  test('of a version that was served before is one too', async () => {
    const store = await registry();
    await tryOut(store, {}, 1);
    expect(await finishRollout(store, live)).toEqual({ from: 2, to: 1 });
    expect(pointerOf(store)).toMatchObject({ version: 1, history: [1, 2], rollout: null });
  });

  test('signs a channel that was not signed yet', async () => {
    const store = new MemoryStore();
    await publish(store, await versionWithCard(1, UNSIGNED), { channel: 'live' });
    await publish(store, (await versions[1])!, { channel: 'next', signer });
    await rollOut(store, { ...live, signer: UNSIGNED, version: 2, settings: {} });
    await tryOut(store, {}, 2);
    await verifyPointer(pointerOf(store), signer.trusted);
    expect(pointerOf(store)).toMatchObject({ version: 1, rollout: { version: 2 } });
  });
});

describe('it ends', () => {
  test('finished: the channel serves the candidate, and can go back', async () => {
    const store = await registry();
    const { manifestSha256 } = await tryOut(store);
    expect(await finishRollout(store, { ...live, version: 3 })).toEqual({ from: 2, to: 3 });
    await verifyPointer(pointerOf(store), signer.trusted);
    expect(pointerOf(store)).toMatchObject({
      version: 3,
      manifestSha256,
      history: [1, 2],
      rollout: null,
    });
    expect(await rollback(store, live)).toEqual({ from: 3, to: 2, endedTrial: null });
  });

  test('stopped: the channel serves what it did', async () => {
    const store = await registry();
    const tried = await tryOut(store);
    expect(await stopRollout(store, live)).toEqual({ serves: 2, tried });
    await verifyPointer(pointerOf(store), signer.trusted);
    expect(pointerOf(store)).toMatchObject({ version: 2, history: [1], rollout: null });
  });

  test.each([
    ['publish', async (store: ObjectStore) => publish(store, (await versions[3])!, live), 4],
    ['promote', (store: ObjectStore) => promote(store, { ...live, version: 1 }), 1],
    ['promote what is served', (store: ObjectStore) => promote(store, { ...live, version: 2 }), 2],
    ['rollback', (store: ObjectStore) => rollback(store, live), 1],
  ] as const)('by %s, which says so', async (_, move, version) => {
    const store = await registry();
    await tryOut(store);
    expect(await move(store)).toMatchObject({ endedTrial: 3 });
    expect(pointerOf(store)).toMatchObject({ version, rollout: null });
  });

  test('by promoting the candidate, which is to finish it', async () => {
    const store = await registry();
    await tryOut(store);
    expect(await promote(store, { ...live, version: 3 })).toEqual({
      previous: 2,
      endedTrial: null,
    });
    expect(pointerOf(store)).toMatchObject({ version: 3, history: [1, 2], rollout: null });
  });
});

describe('halted by a worker', () => {
  test('it is listed as over, and neither grows nor is finished', async () => {
    const store = await registry();
    const rollout = await tryOut(store);
    await halt(store);
    const expected = { rollout, halt: { reason: 'disagreement', requests: 120 } };
    expect(await readService(store, live)).toMatchObject({ serves: 2, trial: expected });
    const { versions } = await listRegistry(store, 'resnet18');
    expect(versions[2]!.trials).toMatchObject([{ channel: 'live', ...expected }]);
    const before = store.snapshot();
    for (const attempt of [() => tryOut(store, { share: 0.5 }), () => finishRollout(store, live)]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'ROLLOUT_HALTED' });
    }
    expect(store.snapshot()).toEqual(before);
  });

  test('it is tried anew once it was stopped, and another version at once', async () => {
    const store = await registry();
    await tryOut(store);
    await halt(store);
    await tryOut(store, {}, 1);
    await stopRollout(store, live);
    const rollout = await tryOut(store);
    expect(await readService(store, live)).toEqual({ serves: 2, trial: { rollout, halt: null } });
  });

  test('a halt that cannot be read is none, as for workers', async () => {
    const store = await registry();
    await tryOut(store);
    await store.put(objectKey.halt('resnet18', 'live'), Uint8Array.of(1));
    expect(await readService(store, live)).toMatchObject({ trial: { halt: null } });
  });
});

describe('refused, and nothing changed, is', () => {
  const refusals: [string, string, (store: MemoryStore) => Promise<unknown>][] = [
    ['the version that is served', 'VERSION_SERVED', (store) => tryOut(store, {}, 2)],
    ['a version that is not stored', 'VERSION_MISSING', (store) => tryOut(store, {}, 9)],
    [
      'a channel that serves nothing',
      'CHANNEL_EMPTY',
      (store) => rollOut(store, { ...live, channel: 'none', version: 3, settings: {} }),
    ],
    ['growing none', 'ROLLOUT_MISSING', (store) => rollOut(store, { ...live, settings: {} })],
    ['finishing none', 'ROLLOUT_MISSING', (store) => finishRollout(store, live)],
    ['stopping none', 'ROLLOUT_MISSING', (store) => stopRollout(store, live)],
    [
      'a writer without a key',
      'KEY_REQUIRED',
      (store) => rollOut(store, { ...live, signer: UNSIGNED, version: 3, settings: {} }),
    ],
  ];
  test.each(refusals)('%s', async (_, code, attempt) => {
    const store = await registry();
    const before = store.snapshot();
    await expect(attempt(store)).rejects.toMatchObject({ code });
    expect(store.snapshot()).toEqual(before);
  });

  const meanwhile: [string, string, (store: MemoryStore) => Promise<unknown>][] = [
    ['another version', 'ROLLOUT_RUNNING', (store) => tryOut(store, {}, 1)],
    [
      'finishing another',
      'ROLLOUT_MISSING',
      (store) => finishRollout(store, { ...live, version: 1 }),
    ],
    ['stopping another', 'ROLLOUT_MISSING', (store) => stopRollout(store, { ...live, version: 1 })],
    [
      'stopping without a key',
      'KEY_REQUIRED',
      (store) => stopRollout(store, { ...live, signer: UNSIGNED }),
    ],
  ];
  test.each(meanwhile)('while one is on trial: %s', async (_, code, attempt) => {
    const store = await registry();
    await tryOut(store);
    const before = store.snapshot();
    await expect(attempt(store)).rejects.toMatchObject({ code });
    expect(store.snapshot()).toEqual(before);
  });

  test('a damaged version, to be tried or served', async () => {
    const [part] = (await versions[2])!.parts.keys();
    const store = await registry();
    const damage = () => store.put(objectKey.part(part!), Uint8Array.of(1));
    await damage();
    await expect(tryOut(store)).rejects.toMatchObject({ code: 'OBJECT_DAMAGED' });
    await store.put(objectKey.part(part!), (await versions[2])!.parts.get(part!)!);
    const rollout = await tryOut(store);
    await damage();
    await expect(finishRollout(store, live)).rejects.toMatchObject({ code: 'OBJECT_DAMAGED' });
    expect(pointerOf(store)).toMatchObject({ version: 2, rollout });
  });

  test('a version that nobody signed, and one of a stranger', async () => {
    for (const [stranger, code] of [
      [UNSIGNED, 'SIGNATURE_MISSING'],
      [await freshSigner(), 'KEY_UNTRUSTED'],
    ] as const) {
      const store = await registry();
      const artifact = await versionWithCard(4, stranger);
      await publish(store, artifact, { channel: 'other', signer: stranger });
      await expect(tryOut(store, {}, 4)).rejects.toMatchObject({ code });
      expect(pointerOf(store).rollout).toBeNull();
    }
  });

  test('what somebody else moves meanwhile', async () => {
    for (const attempt of [
      (store: ObjectStore) => tryOut(store, { share: 0.5 }),
      (store: ObjectStore) => stopRollout(store, live),
      (store: ObjectStore) => finishRollout(store, live),
    ]) {
      const store = await registry();
      await tryOut(store);
      const overtaken: ObjectStore = {
        ...intercepted(store, (operation) => operation()),
        put: async (...write) => {
          await promote(store, { ...live, version: 1 });
          return store.put(...write);
        },
      };
      await expect(attempt(overtaken)).rejects.toMatchObject({ code: 'CHANNEL_CONTENDED' });
      expect(pointerOf(store)).toMatchObject({ version: 1, rollout: null });
    }
  });
});

test('a rollback of the first version says how to end the trial beside it', async () => {
  const store = new MemoryStore();
  for (const artifact of await Promise.all(versions.slice(0, 2))) {
    const channel = artifact.manifest.version === 1 ? 'live' : 'next';
    await publish(store, artifact, { channel, signer });
  }
  await tryOut(store, {}, 2);
  await expect(rollback(store, live)).rejects.toMatchObject({
    code: 'NOTHING_TO_ROLL_BACK',
    message: expect.stringContaining('stop the trial of version 2'),
  });
});
