import { describe, expect, test } from 'vitest';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { collectGarbage } from '../../../exporter/registry/collect-garbage.ts';
import type { ObjectStore } from '../../../exporter/registry/object-store.ts';
import { promote } from '../../../exporter/registry/promote.ts';
import { publish } from '../../../exporter/registry/publish.ts';
import { rollback } from '../../../exporter/registry/rollback.ts';
import { rollOut } from '../../../exporter/registry/rollout.ts';
import { verifyRegistry } from '../../../exporter/registry/verify.ts';
import { freshSigner, versionWithCard } from '../signed.ts';
import { MemoryStore } from './memory-store.ts';
import { intercepted, STOP, stoppingStore } from './stopping-store.ts';

const model = 'resnet18';
const channel = 'live';
const signer = await freshSigner();
const [first, second, third] = [
  await versionWithCard(1, signer),
  await versionWithCard(2, signer),
  await versionWithCard(3, signer),
];
const old = new Date(Date.now() - 1e9);

/** Two versions, the second one served, and garbage of every kind. */
async function registry(): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const artifact of [first, second]) await publish(store, artifact, { channel, signer });
  store.now = old;
  await store.put(objectKey.part('0'.repeat(64)), Uint8Array.of(1));
  await store.put(objectKey.card(model, 9), Uint8Array.of(1));
  await store.put('probes/left', Uint8Array.of(1));
  store.pending = [{ key: objectKey.part('1'.repeat(64)), id: 'broken', begun: old }];
  store.now = new Date();
  return store;
}

const commands: [string, (store: ObjectStore) => Promise<unknown>][] = [
  ['publish', (store) => publish(store, third, { channel, signer })],
  ['promote', (store) => promote(store, { model, channel, version: 1, signer })],
  ['rollout', (store) => rollOut(store, { model, channel, signer, version: 1, settings: {} })],
  ['rollback', (store) => rollback(store, { model, channel, signer })],
  ['gc', (store) => collectGarbage(store, { before: new Date(Date.now() - 1000), dryRun: false })],
];

describe.each(commands)('%s', (_, run) => {
  test('that stops before any operation leaves the registry consistent, and the next finishes', async () => {
    const finished = await registry();
    await run(finished);
    const before = (await registry()).snapshot();
    for (let step = 1, stopped = true; stopped; step++) {
      const store = await registry();
      stopped = await run(stoppingStore(store, step)).then(
        () => false,
        (error) => error === STOP,
      );
      const { faults } = await verifyRegistry(store, { trusted: signer.trusted });
      expect(faults).toEqual([]);
      const pointer = objectKey.pointer(model, channel);
      const moved = store.snapshot()[pointer] !== before[pointer];
      expect(stopped ? moved : moved || finished.snapshot()[pointer] === before[pointer]).toBe(
        !stopped,
      );
      if (stopped) await run(store);
      expect(store.snapshot()).toEqual(finished.snapshot());
      expect(store.pending).toEqual(finished.pending);
      expect(stopped || step > 3).toBe(true);
    }
  });

  test('whose answers are lost now and then leaves the registry consistent', async () => {
    for (let lost = 1; lost <= 9; lost++) {
      const store = await registry();
      let operations = 0;
      const failing = intercepted(store, async (operation) => {
        const result = await operation();
        if (++operations === lost) throw STOP;
        return result;
      });
      await run(failing).catch((error) => expect(error).toBe(STOP));
      expect((await verifyRegistry(store, { trusted: signer.trusted })).faults).toEqual([]);
    }
  });
});

describe('gc', () => {
  const past = new Date(Date.now() - 1000);

  test('removes what nothing refers to, and nothing else', async () => {
    const clean = new MemoryStore();
    for (const artifact of [first, second]) await publish(clean, artifact, { channel, signer });
    const store = await registry();
    const before = store.snapshot();
    const found = await collectGarbage(store, { before: past, dryRun: true });
    expect(store.snapshot()).toEqual(before);
    expect(found.objects.map(({ key }) => key).sort()).toEqual(
      Object.keys(before)
        .filter((key) => !clean.objects.has(key))
        .sort(),
    );
    expect(found.uploads).toMatchObject([{ id: 'broken' }]);
    expect(await collectGarbage(store, { before: past, dryRun: false })).toEqual(found);
    expect(store.snapshot()).toEqual(clean.snapshot());
    expect(store.pending).toEqual([]);
  });

  test('keeps versions that no channel serves any more, whole', async () => {
    const store = new MemoryStore();
    store.now = old;
    for (const artifact of [first, second]) await publish(store, artifact, { channel, signer });
    await rollback(store, { model, channel, signer });
    const before = store.snapshot();
    await collectGarbage(store, { before: new Date(), dryRun: false });
    expect(store.snapshot()).toEqual(before);
  });

  test('keeps what is young: a publication may be under way', async () => {
    const store = await registry();
    await publish(stoppingStore(store, 6), third, { channel, signer }).catch(() => {});
    const [part] = third.parts.keys();
    expect(store.objects.has(objectKey.part(part!))).toBe(true);
    await collectGarbage(store, { before: past, dryRun: false });
    expect(store.objects.has(objectKey.part(part!))).toBe(true);
  });

  test('takes no part from a publication that found it there, old and unreferenced', async () => {
    const store = await registry();
    const [digest] = third.parts.keys();
    const part = objectKey.part(digest!);
    store.now = new Date(Date.now() - 86_000_000);
    await store.put(part, third.parts.get(digest!)!);
    store.now = new Date();
    await publish(stoppingStore(store, 6), third, { channel, signer }).catch(() => {});
    expect(store.objects.has(objectKey.manifest(model, 3))).toBe(false);
    await collectGarbage(store, { before: past, dryRun: false });
    expect(store.objects.has(part)).toBe(true);
  });

  test('removes nothing where a manifest cannot be read', async () => {
    const store = await registry();
    await store.put(objectKey.manifest(model, 1), Uint8Array.of(1));
    const before = store.snapshot();
    await expect(
      collectGarbage(store, { before: new Date(), dryRun: false }),
    ).rejects.toMatchObject({ code: 'OBJECT_DAMAGED' });
    expect(store.snapshot()).toEqual(before);
  });
});
