import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { buildArtifact } from '../../../exporter/artifact/build-artifact.ts';
import { listRegistry } from '../../../exporter/registry/list.ts';
import { publish } from '../../../exporter/registry/publish.ts';
import { publishedVersions } from '../../../exporter/registry/version.ts';
import { smallContent } from '../small-classifier.ts';
import { expectConsistent } from './consistency.ts';
import { openStore, temporaryFolder } from './temporary-registry.ts';

const live = { channel: 'live' };

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
