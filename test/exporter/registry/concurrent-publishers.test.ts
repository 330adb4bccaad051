import { expect, test } from 'vitest';
import { buildArtifact } from '../../../exporter/artifact/build-artifact.ts';
import { listRegistry } from '../../../exporter/registry/list.ts';
import type { ObjectStore } from '../../../exporter/registry/object-store.ts';
import { publish } from '../../../exporter/registry/publish.ts';
import type { RegistryError } from '../../../exporter/registry/registry-error.ts';
import { nextVersion, readVersion } from '../../../exporter/registry/version.ts';
import { smallContent } from '../small-classifier.ts';
import { expectConsistent } from './consistency.ts';
import { openStore, temporaryFolder } from './temporary-registry.ts';

const model = 'resnet18';
const ROUNDS = 4;

interface Outcome {
  readonly version: number;
  readonly manifestSha256: string;
}

test('publishers that race lose nothing that they were told is stored', async () => {
  const folder = await temporaryFolder();
  const first = await openStore(folder);
  const stores = [first, await openStore(folder)];
  const outcomes = (
    await Promise.all(stores.map((store, publisher) => publishRounds(store, publisher)))
  ).flat();
  await expectConsistent(first, model);
  for (const { version, manifestSha256 } of outcomes) {
    expect((await readVersion(first, model, version)).manifestSha256).toBe(manifestSha256);
  }
  const { versions, channels } = await listRegistry(first, model);
  const everyVersion = Array.from({ length: 2 * ROUNDS }, (_, index) => index + 1);
  expect(versions.map(({ version }) => version)).toEqual(everyVersion);
  expect(outcomes.map(({ version }) => version).sort((a, b) => a - b)).toEqual(everyVersion);
  const served = [...channels[0]!.pointer!.history, channels[0]!.pointer!.version];
  expect(served.at(-1)).toBe(2 * ROUNDS);
  expect(served).toEqual([...new Set(served)].sort((a, b) => a - b));
});

/** Publishes some versions, each under the next free number, exporting again when that is taken. */
async function publishRounds(store: ObjectStore, publisher: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  while (outcomes.length < ROUNDS) {
    const version = await nextVersion(store, model);
    const artifact = await buildArtifact(smallContent(version, 100 * publisher + version));
    const { manifestSha256 } = artifact;
    const code = await publish(store, artifact, { channel: 'live' }).then(
      () => 'SERVED',
      (error: RegistryError) => error.code,
    );
    expect(['SERVED', 'CHANNEL_AHEAD', 'VERSION_TAKEN', 'VERSION_BEHIND']).toContain(code);
    if (code === 'SERVED' || code === 'CHANNEL_AHEAD') outcomes.push({ version, manifestSha256 });
  }
  return outcomes;
}
