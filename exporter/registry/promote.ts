import { verifyManifest } from '../contract/manifest.ts';
import { type Signer, UNSIGNED } from '../signing/signer.ts';
import type { ObjectStore } from './object-store.ts';
import { type Served, serve } from './serve.ts';
import { readVersion } from './version.ts';

export interface Promotion {
  readonly model: string;
  readonly channel: string;
  readonly version: number;
  readonly signer?: Signer;
}

/**
 * Lets a channel serve a published version, an earlier one too, after checking that it is whole and
 * signed as it should be. It ends a rollout.
 * @throws RegistryError VERSION_MISSING, OBJECT_DAMAGED, CHANNEL_CONTENDED, KEY_REQUIRED, NAME_INVALID,
 *   STORE_FAILED; ContractError SIGNATURE_MISSING, SIGNATURE_INVALID, KEY_UNTRUSTED. The channel is
 *   unchanged after each of them.
 */
export async function promote(
  store: ObjectStore,
  { model, channel, version, signer = UNSIGNED }: Promotion,
): Promise<Served> {
  const { manifest, manifestSha256 } = await readVersion(store, model, version);
  await verifyManifest(manifest, signer.trusted);
  return serve(store, { model, channel, version, manifestSha256, signer, backwards: true });
}
