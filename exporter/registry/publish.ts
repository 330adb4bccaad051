import type { Artifact } from '../artifact/artifact.ts';
import { type Signer, UNSIGNED } from '../signing/signer.ts';
import { checkName } from './name.ts';
import type { ObjectStore } from './object-store.ts';
import { type Served, serve } from './serve.ts';
import { type StoredVersion, type StoreObserver, storeVersion } from './store-version.ts';

export interface Publication {
  readonly channel: string;
  readonly signer?: Signer;
  /** Told after each object how many of the version's bytes are in the store. */
  readonly observe?: StoreObserver;
}

/** What was stored, and what the channel did before; its `previous` is the version itself when it served already. */
export interface Published extends StoredVersion, Served {}

/**
 * Stores an artifact and lets a channel serve it, the pointer last, so that whatever serves is complete
 * and a publication that was cut short is finished by running it again. It ends a rollout.
 * @throws as `storeVersion` does; RegistryError NAME_INVALID, CHANNEL_AHEAD when the version is stored
 *   but the channel already serves a later one, CHANNEL_CONTENDED
 */
export async function publish(
  store: ObjectStore,
  artifact: Artifact,
  { channel, signer = UNSIGNED, observe }: Publication,
): Promise<Published> {
  checkName('channel', channel);
  const stored = await storeVersion(store, artifact, signer, observe);
  const { model } = artifact.manifest;
  const served = await serve(store, { ...stored, model, channel, signer, backwards: false });
  return { ...stored, ...served };
}
