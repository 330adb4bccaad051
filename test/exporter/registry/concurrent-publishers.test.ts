import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { buildArtifact } from '../../../exporter/artifact/build-artifact.ts';
import { listRegistry } from '../../../exporter/registry/list.ts';
import { publish } from '../../../exporter/registry/publish.ts';
import { type PublishedNext, publishNext } from '../../../exporter/registry/publish-next.ts';
import { verifyRegistry } from '../../../exporter/registry/verify.ts';
import { readVersion } from '../../../exporter/registry/version.ts';
import { smallContent } from '../small-classifier.ts';
import { MemoryStore } from './memory-store.ts';
import { openStore, temporaryFolder } from './temporary-registry.ts';

const model = 'resnet18';
const EACH = 6;
const CHILD = fileURLToPath(new URL('publish-next-child.ts', import.meta.url));

test('two processes that publish at once lose nothing', async () => {
  const folder = await temporaryFolder();
  const run = async (publisher: number) => {
    const args = [CHILD, folder, String(publisher), String(EACH)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return JSON.parse(stdout) as PublishedNext[];
  };
  const told = (await Promise.all([run(1), run(2)])).flat();
  const store = await openStore(folder);
  for (const { version, manifestSha256 } of told) {
    expect((await readVersion(store, model, version)).manifestSha256).toBe(manifestSha256);
  }
  const everyVersion = Array.from({ length: 2 * EACH }, (_, index) => index + 1);
  expect(told.map(({ version }) => version).sort((a, b) => a - b)).toEqual(everyVersion);
  const { versions, channels } = await listRegistry(store, model);
  expect(versions.map(({ version }) => version)).toEqual(everyVersion);
  const { history, version } = channels[0]!.pointer!;
  expect(version).toBe(2 * EACH);
  expect(history).toEqual([...new Set(history)].sort((a, b) => a - b));
  expect((await verifyRegistry(store, { trusted: [] })).faults).toEqual([]);
}, 180_000);

test('the next number is refused to a patch of what is not there', async () => {
  const store = new MemoryStore();
  const patch = await buildArtifact(smallContent(2));
  await expect(publishNext(store, patch, { channel: 'live' })).rejects.toMatchObject({
    code: 'PARENT_MISSING',
  });
  expect(store.snapshot()).toEqual({});
});

test('a version that is overtaken is stored, and the channel left to the later one', async () => {
  const store = new MemoryStore();
  await publish(store, await buildArtifact(smallContent(1)), { channel: 'live' });
  const later = await buildArtifact({ ...smallContent(3), parent: 1 });
  const put = store.put.bind(store);
  let overtaken = false;
  store.put = async (...write) => {
    if (write[0].includes('/channels/') && !overtaken) {
      overtaken = true;
      await publish(store, later, { channel: 'live' });
    }
    return put(...write);
  };
  const second = await buildArtifact(smallContent(2));
  expect(await publishNext(store, second, { channel: 'live' })).toMatchObject({
    version: 2,
    served: false,
  });
  const { versions, channels } = await listRegistry(store, model);
  expect(versions.map(({ version }) => version)).toEqual([1, 2, 3]);
  expect(channels[0]!.pointer).toMatchObject({ version: 3, history: [1] });
});
