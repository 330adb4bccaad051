import { describe, expect, test } from 'vitest';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { listRegistry } from '../../../exporter/registry/list.ts';
import type { ObjectStore } from '../../../exporter/registry/object-store.ts';
import { publish } from '../../../exporter/registry/publish.ts';
import { rollback } from '../../../exporter/registry/rollback.ts';
import { expectConsistent } from './consistency.ts';
import { intercepted } from './stopping-store.ts';
import { type FreshModel, sharedRegistry } from './temporary-registry.ts';

const freshModel = sharedRegistry();
const channel = 'live';

async function publishedUpTo(count: number): Promise<FreshModel> {
  const fresh = freshModel();
  for (let version = 1; version <= count; version++) {
    await publish(fresh.store, await fresh.artifact(version), { channel });
  }
  return fresh;
}

const serving = async ({ store, model }: FreshModel) => {
  const { versions } = await listRegistry(store, model);
  return versions.filter(({ channels }) => channels.length > 0).map(({ version }) => version);
};

describe('rolling back', () => {
  test('goes back one version at a time, and stops at the first', async () => {
    const published = await publishedUpTo(3);
    const { store, model } = published;
    expect(await rollback(store, { model, channel })).toEqual({ from: 3, to: 2, endedTrial: null });
    expect(await serving(published)).toEqual([2]);
    await expectConsistent(store, model);
    expect(await rollback(store, { model, channel })).toMatchObject({ from: 2, to: 1 });
    expect(await serving(published)).toEqual([1]);
    await expect(rollback(store, { model, channel })).rejects.toMatchObject({
      code: 'NOTHING_TO_ROLL_BACK',
    });
    expect(await serving(published)).toEqual([1]);
    await expectConsistent(store, model);
  });

  test('a channel that serves nothing is a readable error', async () => {
    const { store, model } = freshModel();
    await expect(rollback(store, { model, channel })).rejects.toMatchObject({
      name: 'RegistryError',
      code: 'CHANNEL_EMPTY',
    });
  });

  test.each<[string, (published: FreshModel) => Promise<unknown>, string]>([
    [
      'whose manifest is missing',
      ({ store, model }) => store.delete(objectKey.manifest(model, 1)),
      'VERSION_MISSING',
    ],
    [
      'whose manifest is damaged',
      ({ store, model }) => store.put(objectKey.manifest(model, 1), new Uint8Array(3)),
      'OBJECT_DAMAGED',
    ],
    [
      'whose manifest is that of another version',
      async ({ store, model, artifact }) =>
        store.put(objectKey.manifest(model, 1), (await artifact(2)).manifestBytes),
      'OBJECT_DAMAGED',
    ],
    [
      'whose graph is missing',
      async ({ store, artifact }) =>
        store.delete(objectKey.part((await artifact(1)).manifest.forms[0]!.graph.sha256)),
      'OBJECT_DAMAGED',
    ],
  ])('to a version %s is refused', async (_, damage, code) => {
    const published = await publishedUpTo(2);
    await damage(published);
    await expect(
      rollback(published.store, { model: published.model, channel }),
    ).rejects.toMatchObject({ name: 'RegistryError', code });
    expect(await serving(published)).toEqual([2]);
  });

  test('a pointer that cannot be read is refused', async () => {
    const { store, model } = await publishedUpTo(2);
    await store.put(objectKey.pointer(model, channel), new Uint8Array([0xff]));
    await expect(rollback(store, { model, channel })).rejects.toMatchObject({
      code: 'POINTER_INVALID',
    });
  });

  test('a channel that somebody moves meanwhile is left as they put it', async () => {
    const published = await publishedUpTo(2);
    const { store, model } = published;
    const third = await published.artifact(3);
    const overtaken: ObjectStore = {
      ...intercepted(store, (operation) => operation()),
      put: async (...write) => {
        await publish(store, third, { channel });
        return store.put(...write);
      },
    };
    await expect(rollback(overtaken, { model, channel })).rejects.toMatchObject({
      code: 'CHANNEL_CONTENDED',
    });
    expect(await serving(published)).toEqual([3]);
    await expectConsistent(store, model);
  });
});
