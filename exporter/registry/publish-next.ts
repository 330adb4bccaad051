import type { Artifact } from '../artifact/artifact.ts';
import { renumber } from '../artifact/sign-artifact.ts';
import { type Signer, UNSIGNED } from '../signing/signer.ts';
import { checkName } from './name.ts';
import type { ObjectStore } from './object-store.ts';
import type { Publication, Published } from './publish.ts';
import { RegistryError, type RegistryErrorCode } from './registry-error.ts';
import { serve } from './serve.ts';
import {
  checkSignatures,
  parentMissing,
  type StoredVersion,
  type StoreObserver,
  storeVersion,
} from './store-version.ts';
import { nextVersion } from './version.ts';

export interface PublishedNext extends Published {
  /** Whether the channel serves it; not where somebody published a later version meanwhile. */
  readonly served: boolean;
}

/**
 * Publishes an artifact under the next number that is free, whichever it was exported with, signing its
 * manifest and card anew; under the one after where somebody else takes that number meanwhile. Each
 * call makes a version, so that what was cut short is better published again by its number.
 * @throws as `publish` does, but VERSION_TAKEN, VERSION_BEHIND and CHANNEL_AHEAD
 */
export async function publishNext(
  store: ObjectStore,
  artifact: Artifact,
  { channel, signer = UNSIGNED, observe }: Publication,
): Promise<PublishedNext> {
  checkName('channel', channel);
  await checkSignatures(artifact, signer);
  const stored = await storeNext(store, artifact, signer, observe);
  const { model } = artifact.manifest;
  const request = { ...stored, model, channel, signer, backwards: false };
  try {
    return { ...stored, ...(await serve(store, request)), served: true };
  } catch (error) {
    if (!hasCode(error, 'CHANNEL_AHEAD')) throw error;
    return { ...stored, previous: null, endedTrial: null, served: false };
  }
}

async function storeNext(
  store: ObjectStore,
  artifact: Artifact,
  signer: Signer,
  observe?: StoreObserver,
): Promise<StoredVersion> {
  const { model, parent } = artifact.manifest;
  for (;;) {
    const version = await nextVersion(store, model);
    if (parent !== null && parent >= version) throw parentMissing(store, artifact);
    try {
      const numbered = await renumber(artifact, version, signer.key);
      return await storeVersion(store, numbered, signer, observe);
    } catch (error) {
      if (!hasCode(error, 'VERSION_TAKEN', 'VERSION_BEHIND')) throw error;
    }
  }
}

function hasCode(error: unknown, ...codes: RegistryErrorCode[]): boolean {
  return error instanceof RegistryError && codes.includes(error.code);
}
