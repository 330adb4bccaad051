import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { buildArtifact } from '../../../exporter/artifact/build-artifact.ts';
import { listRegistry } from '../../../exporter/registry/list.ts';
import type { ObjectStore } from '../../../exporter/registry/object-store.ts';
import { publish } from '../../../exporter/registry/publish.ts';
import { publishedVersions } from '../../../exporter/registry/version.ts';
import { smallContent } from '../small-classifier.ts';
import { expectConsistent } from './consistency.ts';
import { openStore, sharedRegistry, temporaryFolder } from './temporary-registry.ts';

const live = { channel: 'live' };

describe('a publication that stops', () => {
  const freshModel = sharedRegistry();

  test('before any of its steps leaves the registry consistent, and is finished by the next', async () => {
    for (let step = 1, stopped = true; stopped; step++) {
      const { store, model, artifact } = freshModel();
      await publish(store, await artifact(1), live);
      const second = await artifact(2);
      stopped = await publish(stopping(store, step), second, live).then(
        () => false,
        (error: Error) => error === STOP,
      );
      await expectConsistent(store, model);
      await publish(store, second, live);
      await expectConsistent(store, model);
      const { versions } = await listRegistry(store, model);
      expect(versions.map(({ version, channels }) => [version, channels])).toEqual([
        [1, []],
        [2, ['live']],
      ]);
      expect(stopped || step > 6).toBe(true);
    }
  });
});

test('a publisher that is killed at any moment loses nothing that was published', async () => {
  const folder = await temporaryFolder();
  const store = await openStore(folder);
  let published: number[] = [];
  for (const delay of [5, 40, 110]) {
    const told = await killedAfter(folder, delay);
    await expectConsistent(store, 'resnet18');
    const versions = await publishedVersions(store, 'resnet18');
    expect(versions.slice(0, published.length)).toEqual(published);
    expect(versions).toContain(told);
    const last = versions.at(-1) ?? 1;
    await publish(store, await buildArtifact(smallContent(last)), live);
    await expectConsistent(store, 'resnet18');
    const { channels } = await listRegistry(store, 'resnet18');
    expect(channels).toMatchObject([{ name: 'live', pointer: { version: last } }]);
    published = await publishedVersions(store, 'resnet18');
    expect(published).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  }
  expect(published.length).toBeGreaterThan(2);
}, 120_000);

/**
 * Publishes in a process of its own, and kills it and its workerd `delay` ms after its first version.
 * @returns the version it told of
 */
async function killedAfter(folder: string, delay: number): Promise<number> {
  const script = fileURLToPath(new URL('publish-child.ts', import.meta.url));
  const child = spawn(process.execPath, [script, folder], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [told] = await Promise.race([once(child.stdout, 'data'), exited]);
  await sleep(delay);
  process.kill(-child.pid!, 'SIGKILL');
  await exited;
  return Number(/^published (\d+)\n/.exec(String(told))?.[1]);
}

const STOP = new Error('stopped');

/** A store that refuses its n-th operation and all after it, as if the process had ended. */
function stopping(store: ObjectStore, step: number): ObjectStore {
  let operations = 0;
  const run = async <T>(operation: () => Promise<T>): Promise<T> => {
    if (++operations >= step) throw STOP;
    return operation();
  };
  return {
    description: store.description,
    get: (key) => run(() => store.get(key)),
    head: (key) => run(() => store.head(key)),
    put: (...write) => run(() => store.put(...write)),
    list: (prefix) => run(() => store.list(prefix)),
    delete: (key) => run(() => store.delete(key)),
    uploads: () => run(() => store.uploads()),
    abortUpload: (upload) => run(() => store.abortUpload(upload)),
    close: () => store.close(),
  };
}
