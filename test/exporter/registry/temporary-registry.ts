import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { Artifact } from '../../../exporter/artifact/artifact.ts';
import { buildArtifact } from '../../../exporter/artifact/build-artifact.ts';
import { openLocalR2Store } from '../../../exporter/registry/local-r2-store.ts';
import type { ObjectStore } from '../../../exporter/registry/object-store.ts';
import { smallContent } from '../small-classifier.ts';

/** A folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'patchwork-registry-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens the R2 emulation in `folder` until the test ends. */
export async function openStore(folder: string): Promise<ObjectStore> {
  const store = await openLocalR2Store({ folder });
  onTestFinished(() => store.close());
  return store;
}

/** A model of its own for each test, since opening a store takes most of a second. */
export interface FreshModel {
  readonly store: ObjectStore;
  readonly model: string;
  /** A version of the model; the same numbers always give the same bytes, of no other model. */
  artifact(version: number, variant?: number): Promise<Artifact>;
}

/** One registry for a test file. @returns what gives a test its model */
export function sharedRegistry(): () => FreshModel {
  let folder: string;
  let store: ObjectStore;
  let models = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchwork-registry-'));
    store = await openLocalR2Store({ folder });
  });
  afterAll(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  return () => {
    const index = ++models;
    const model = `model-${index}`;
    const artifact = (version: number, variant = version) =>
      buildArtifact({ ...smallContent(version, index * 1000 + variant), model });
    return { store, model, artifact };
  };
}
