import type { Card } from '../contract/card.ts';
import { type Manifest, verifyManifest } from '../contract/manifest.ts';
import type { TrustedKey } from '../contract/signature.ts';
import { type ListedTrial, listRegistry } from './list.ts';
import type { ObjectStore } from './object-store.ts';
import { readCard, readVersionManifest } from './version.ts';

export interface ShownVersion {
  readonly manifest: Manifest;
  readonly manifestSha256: string;
  readonly card: Card | null;
  /** The channels that serve it. */
  readonly channels: readonly string[];
  /** The channels that try it. */
  readonly trials: readonly ListedTrial[];
  /** The versions that it descends from, its parent first. */
  readonly ancestors: readonly number[];
}

/**
 * What is published as a version.
 * @param trusted whose signature its manifest needs; with none, signatures are not looked at
 * @throws RegistryError VERSION_MISSING, OBJECT_DAMAGED, NAME_INVALID, STORE_FAILED; ContractError
 *   SIGNATURE_MISSING, SIGNATURE_INVALID, KEY_UNTRUSTED
 */
export async function showVersion(
  store: ObjectStore,
  model: string,
  version: number,
  trusted: readonly TrustedKey[],
): Promise<ShownVersion> {
  const found = await readVersionManifest(store, model, version);
  const { manifest, manifestSha256 } = found;
  await verifyManifest(manifest, trusted);
  const card = await readCard(store, found);
  const { versions } = await listRegistry(store, model);
  const parents = new Map(versions.map(({ version, manifest }) => [version, manifest?.parent]));
  const ancestors: number[] = [];
  for (let next = manifest.parent; next; next = parents.get(next) ?? null) ancestors.push(next);
  const listed = versions.find((listed) => listed.version === version);
  const { channels, trials } = listed ?? { channels: [], trials: [] };
  return { manifest, manifestSha256, card: card?.card ?? null, channels, trials, ancestors };
}
