import type { Manifest } from '../../exporter/contract/manifest.ts';
import { objectKey } from '../../exporter/contract/object-key.ts';
import { readChannel } from '../../exporter/registry/channel.ts';
import type { ObjectStore } from '../../exporter/registry/object-store.ts';
import type { StoreObserver } from '../../exporter/registry/store-version.ts';
import { publishedVersions, readVersionManifest } from '../../exporter/registry/version.ts';
import type { Signer } from '../../exporter/signing/signer.ts';
import { ShipError } from './ship-error.ts';

/** Where versions go. */
export interface Destination {
  readonly store: ObjectStore;
  readonly model: string;
  readonly channel: string;
  readonly signer: Signer;
  /** Told how far a publication is. */
  readonly observe?: StoreObserver;
}

/** What a channel serves, and which stored version already has the weights that it should serve. */
export interface ServedState {
  readonly serves: number;
  /** The version itself where it has them, else the latest where that has and is stored whole, else null. */
  readonly present: number | null;
}

/**
 * @param weights digest of the weights that should be served
 * @throws ShipError NOTHING_SERVED, RegistryError, ContractError
 */
export async function servedState(
  { store, model, channel, signer }: Destination,
  weights: string,
): Promise<ServedState> {
  const { pointer, problem } = await readChannel(store, model, channel, signer.trusted);
  if (problem) throw problem;
  if (!pointer) {
    throw new ShipError(
      'NOTHING_SERVED',
      `Channel "${channel}" of ${model} serves nothing in the ${store.description}, so that there is nothing to return to; export and publish the network first.`,
    );
  }
  const serves = pointer.version;
  const latest = (await publishedVersions(store, model)).at(-1) ?? serves;
  for (const version of new Set([serves, latest])) {
    if (version < serves) continue;
    const { manifest } = await readVersionManifest(store, model, version);
    if (!has(manifest, weights)) continue;
    // The card is stored last: whoever was killed before it left a version that nobody can explain.
    const whole = version === serves || (await store.head(objectKey.card(model, version))) !== null;
    if (whole) return { serves, present: version };
  }
  return { serves, present: null };
}

function has({ provenance }: Manifest, weights: string): boolean {
  return provenance.weights === weights;
}
