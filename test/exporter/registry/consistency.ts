import { expect } from 'vitest';
import { listRegistry } from '../../../exporter/registry/list.ts';
import type { ObjectStore } from '../../../exporter/registry/object-store.ts';
import { readVersion } from '../../../exporter/registry/version.ts';

/**
 * Asserts that whatever can be found of a model is whole: every version with its parts and its parent,
 * every channel with the versions it names.
 */
export async function expectConsistent(store: ObjectStore, model: string): Promise<void> {
  const { versions, channels } = await listRegistry(store, model);
  const numbers = versions.map(({ version }) => version);
  const digests = new Map<number, string>();
  for (const { version, manifest, problem } of versions) {
    expect(problem).toBeNull();
    if (manifest!.parent !== null) expect(numbers).toContain(manifest!.parent);
    digests.set(version, (await readVersion(store, model, version)).manifestSha256);
  }
  for (const { pointer, problem } of channels) {
    expect(problem).toBeNull();
    expect(digests.get(pointer!.version)).toBe(pointer!.manifestSha256);
    for (const version of pointer!.history) expect(numbers).toContain(version);
  }
}
