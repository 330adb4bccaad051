import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Artifact } from '../../../exporter/artifact/artifact.ts';
import { buildArtifact } from '../../../exporter/artifact/build-artifact.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { readChannel } from '../../../exporter/registry/channel.ts';
import { listRegistry } from '../../../exporter/registry/list.ts';
import type { ObjectStore } from '../../../exporter/registry/object-store.ts';
import { publish } from '../../../exporter/registry/publish.ts';
import { rollback } from '../../../exporter/registry/rollback.ts';
import { nextVersion, readVersion } from '../../../exporter/registry/version.ts';
import { smallContent } from '../small-classifier.ts';
import { expectConsistent } from './consistency.ts';
import { openStore, sharedRegistry, temporaryFolder } from './temporary-registry.ts';

const freshModel = sharedRegistry();
const live = { channel: 'live' };
const partKey = ({ manifest }: Artifact) => objectKey.part(manifest.forms[0]!.graph.sha256);

describe('publishing', () => {
  test('stores versions whole and lets the channel serve the newest', async () => {
    const { store, model, artifact } = freshModel();
    expect(await nextVersion(store, model)).toBe(1);
    const first = await artifact(1);
    expect(await publish(store, first, live)).toEqual({
      version: 1,
      manifestSha256: first.manifestSha256,
      uploadedBytes: first.manifestBytes.length + first.manifest.forms[0]!.graph.bytes,
      previous: null,
      endedTrial: null,
    });
    expect(await nextVersion(store, model)).toBe(2);
    const second = await artifact(2);
    expect(await publish(store, second, live)).toMatchObject({ version: 2, previous: 1 });
    expect(await nextVersion(store, model)).toBe(3);
    const { channels } = await listRegistry(store, model);
    expect(channels).toEqual([
      {
        name: 'live',
        pointer: {
          schema: 'patchwork/pointer@2',
          model,
          channel: 'live',
          sequence: 2,
          version: 2,
          manifestSha256: second.manifestSha256,
          history: [1],
          rollout: null,
          signature: null,
        },
        halt: null,
        problem: null,
      },
    ]);
    const read = await readVersion(store, model, 1);
    expect(read.manifest).toEqual(first.manifest);
    expect(Buffer.compare([...read.parts.values()][0]!, [...first.parts.values()][0]!)).toBe(0);
    await expectConsistent(store, model);
  });

  test('the same again changes nothing', async () => {
    const { store, artifact } = freshModel();
    await publish(store, await artifact(1), live);
    const before = await store.list('');
    expect(await publish(store, await artifact(1), live)).toMatchObject({
      uploadedBytes: 0,
      previous: 1,
    });
    expect(await store.list('')).toEqual(before);
  });

  test('uploads a part that another version has already only once', async () => {
    const { store, artifact } = freshModel();
    const first = await artifact(1, 5);
    await publish(store, first, live);
    const relabelled = await artifact(2, 5);
    expect(partKey(relabelled)).toBe(partKey(first));
    expect(await publish(store, relabelled, live)).toMatchObject({
      uploadedBytes: relabelled.manifestBytes.length,
    });
  });

  test('reads no part back that its parent has, until the same is published again', async () => {
    const { store, model } = freshModel();
    const version = (number: number, parent: number | null) =>
      buildArtifact({ ...smallContent(number, 5_000_001), model, parent });
    await publish(store, await version(1, null), live);
    const read: unknown[] = [];
    const watched = new Proxy(store, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          if (name === 'get') read.push(given[0]);
          return value.apply(target, given);
        };
      },
    });
    const child = await version(2, 1);
    await publish(watched, child, live);
    expect(read).not.toContain(partKey(child));
    await publish(watched, child, live);
    expect(read).toContain(partKey(child));
    await expectConsistent(store, model);
  });

  test('keeps channels and models apart', async () => {
    const { store, model, artifact } = freshModel();
    const other = freshModel();
    await publish(store, await artifact(1), live);
    await publish(store, await artifact(2), { channel: 'canary' });
    await publish(store, await other.artifact(1), live);
    const { versions, channels } = await listRegistry(store, model);
    expect(versions.map((each) => [each.version, each.manifest?.parent, each.channels])).toEqual([
      [1, null, ['live']],
      [2, 1, ['canary']],
    ]);
    expect(channels.map(({ name, pointer }) => [name, pointer?.version, pointer?.history])).toEqual(
      [
        ['canary', 2, []],
        ['live', 1, []],
      ],
    );
    expect(await listRegistry(store, 'nothing')).toEqual({ versions: [], channels: [] });
  });
});

describe('publishing refuses', () => {
  test('another artifact under a number that is taken, and uploads nothing', async () => {
    const { store, model, artifact } = freshModel();
    const first = await artifact(1);
    await publish(store, first, live);
    const before = await store.list('');
    await expect(publish(store, await artifact(1, 77), live)).rejects.toMatchObject({
      name: 'RegistryError',
      code: 'VERSION_TAKEN',
    });
    expect(await store.list('')).toEqual(before);
    expect((await readVersion(store, model, 1)).manifestSha256).toBe(first.manifestSha256);
  });

  test('a number that the model has passed', async () => {
    const { store, model, artifact } = freshModel();
    const later = (version: number) =>
      buildArtifact({ ...smallContent(version), model, version, parent: 1 });
    await publish(store, await artifact(1), live);
    await publish(store, await later(5), live);
    const before = await store.list('');
    await expect(publish(store, await later(3), live)).rejects.toMatchObject({
      code: 'VERSION_BEHIND',
      message: expect.stringContaining('version 6'),
    });
    expect(await store.list('')).toEqual(before);
  });

  test('a patch of a version that is not there', async () => {
    const { store, artifact } = freshModel();
    const before = await store.list('');
    await expect(publish(store, await artifact(2), live)).rejects.toMatchObject({
      code: 'PARENT_MISSING',
      message: expect.stringContaining('version 1 first'),
    });
    expect(await store.list('')).toEqual(before);
  });

  test('to take a channel back to an earlier version', async () => {
    const { store, model, artifact } = freshModel();
    const first = await artifact(1);
    await publish(store, first, live);
    await publish(store, await artifact(2), live);
    await expect(publish(store, first, live)).rejects.toMatchObject({
      code: 'CHANNEL_AHEAD',
      message: expect.stringContaining('serves version 2'),
    });
    const { channels } = await listRegistry(store, model);
    expect(channels[0]?.pointer).toMatchObject({ version: 2, history: [1] });
  });

  test.each(['', 'Live', '../live', 'a/b'])('the channel name %j', async (channel) => {
    const { store, artifact } = freshModel();
    const before = await store.list('');
    await expect(publish(store, await artifact(1), { channel })).rejects.toMatchObject({
      code: 'NAME_INVALID',
    });
    expect(await store.list('')).toEqual(before);
  });
});

describe('publishing the same again restores', () => {
  test('a damaged part and a damaged pointer', async () => {
    const { store, model, artifact } = freshModel();
    const first = await artifact(1);
    await publish(store, first, live);
    await store.put(partKey(first), new Uint8Array([1, 2, 3]));
    await expect(readVersion(store, model, 1)).rejects.toMatchObject({
      code: 'OBJECT_DAMAGED',
      message: expect.stringContaining(partKey(first)),
    });
    await store.put(objectKey.pointer(model, 'live'), new TextEncoder().encode('{"version":'));
    expect((await listRegistry(store, model)).channels).toEqual([
      { name: 'live', pointer: null, halt: null, problem: expect.stringContaining('not JSON') },
    ]);
    await publish(store, first, live);
    await expectConsistent(store, model);
    expect((await listRegistry(store, model)).versions[0]?.channels).toEqual(['live']);
  });

  test.each<[string, (store: ObjectStore, key: string) => Promise<unknown>]>([
    ['damaged', (store, key) => store.put(key, new TextEncoder().encode('{"version":'))],
    ['deleted', (store, key) => store.delete(key)],
  ])('a %s pointer, so that a reader who followed the one before follows it', async (_, harm) => {
    const { store, model, artifact } = freshModel();
    await publish(store, await artifact(1), live);
    const second = await artifact(2);
    await publish(store, second, live);
    // A reader refuses a pointer whose sequence is behind that of one it followed.
    const sequences: number[] = [];
    const read = async () => {
      const { pointer } = await readChannel(store, model, 'live');
      sequences.push(pointer!.sequence);
      return pointer;
    };
    await read();
    await harm(store, objectKey.pointer(model, 'live'));
    await publish(store, second, live);
    await read();
    await publish(store, await artifact(3), live);
    expect(await read()).toMatchObject({ version: 3, history: [2] });
    expect(sequences).toEqual(sequences.toSorted((one, other) => one - other));
    expect(new Set(sequences).size).toBe(3);
  });

  test('and says how far it is', async () => {
    const { store, artifact } = freshModel();
    const seen: number[][] = [];
    const first = await artifact(1);
    await publish(store, first, { ...live, observe: (...told) => seen.push(told) });
    const { uploadedBytes } = await publish(store, await artifact(2), live);
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.at(-1)![0]).toBe(seen[0]![1]);
    expect(uploadedBytes).toBeLessThan(seen[0]![1]!);
  });

  test('every object, when they are damaged on the disk', async () => {
    const folder = await temporaryFolder();
    const store = await openStore(folder);
    const first = await buildArtifact(smallContent(1));
    const { model } = first.manifest;
    await publish(store, first, live);
    const blobs = join(folder, 'v3', 'r2', 'patchwork-models', 'blobs');
    const files = await readdir(blobs);
    expect(files).toHaveLength(3);
    for (const file of files) {
      const bytes = await readFile(join(blobs, file));
      bytes[0]! ^= 1;
      await writeFile(join(blobs, file), bytes);
    }
    const { versions, channels } = await listRegistry(store, model);
    expect(versions).toMatchObject([{ version: 1, manifest: null, channels: [] }]);
    expect(versions[0]?.problem).toContain('not those that were written');
    expect(channels).toMatchObject([{ name: 'live', pointer: null }]);
    await publish(store, first, live);
    await expectConsistent(store, model);
    expect((await listRegistry(store, model)).versions[0]?.channels).toEqual(['live']);
  });

  test('a missing part', async () => {
    const { store, model, artifact } = freshModel();
    const first = await artifact(1);
    await publish(store, first, live);
    await store.delete(partKey(first));
    await expect(readVersion(store, model, 1)).rejects.toMatchObject({ code: 'OBJECT_DAMAGED' });
    await publish(store, first, live);
    await expectConsistent(store, model);
  });
});

test('after a rollback the version rolled back can be served again, and the next one too', async () => {
  const { store, model, artifact } = freshModel();
  const second = await artifact(2);
  await publish(store, await artifact(1), live);
  await publish(store, second, live);
  await rollback(store, { model, channel: 'live' });
  expect(await nextVersion(store, model)).toBe(3);
  expect(await publish(store, second, live)).toMatchObject({ previous: 1, uploadedBytes: 0 });
  await publish(store, await artifact(3), live);
  const { channels } = await listRegistry(store, model);
  expect(channels[0]?.pointer).toMatchObject({ version: 3, history: [1, 2] });
});
