import { verifyManifest } from '../contract/manifest.ts';
import { rollbackPointer, rollbackTarget } from '../contract/pointer.ts';
import { type Signer, UNSIGNED } from '../signing/signer.ts';
import { moveChannel, pointerToMove, readChannel } from './channel.ts';
import type { ObjectStore } from './object-store.ts';
import { RegistryError } from './registry-error.ts';
import { readVersion } from './version.ts';

export interface RolledBack {
  readonly from: number;
  readonly to: number;
}

/**
 * Lets a channel serve again what it served before, after checking that this version is still whole and
 * signed as it should be.
 * @param from roll back only if the channel serves this version
 * @throws RegistryError CHANNEL_EMPTY, VERSION_MISSING, OBJECT_DAMAGED, CHANNEL_CONTENDED when
 *   somebody moved the channel meanwhile, KEY_REQUIRED, NAME_INVALID, STORE_FAILED; ContractError
 *   POINTER_INVALID, NOTHING_TO_ROLL_BACK, SIGNATURE_MISSING, SIGNATURE_INVALID, KEY_UNTRUSTED. The
 *   channel is unchanged after each of them.
 */
export async function rollback(
  store: ObjectStore,
  {
    model,
    channel,
    signer = UNSIGNED,
    from,
  }: {
    readonly model: string;
    readonly channel: string;
    readonly signer?: Signer;
    readonly from?: number;
  },
): Promise<RolledBack> {
  const state = await readChannel(store, model, channel, signer.trusted);
  const current = pointerToMove(state, signer);
  if (!current) {
    if (state.problem) throw state.problem;
    throw new RegistryError(
      'CHANNEL_EMPTY',
      `Channel "${channel}" of ${model} serves nothing in the ${store.description}; publish a version first.`,
    );
  }
  if (from !== undefined && current.version !== from) {
    throw new RegistryError(
      'CHANNEL_CONTENDED',
      `Channel "${channel}" of ${model} serves version ${current.version}, not ${from}, and was left there.`,
    );
  }
  const to = rollbackTarget(current);
  const { manifest, manifestSha256 } = await readVersion(store, model, to);
  await verifyManifest(manifest, signer.trusted);
  const next = rollbackPointer(current, manifestSha256);
  if (await moveChannel(store, state, next, signer)) return { from: current.version, to };
  throw new RegistryError(
    'CHANNEL_CONTENDED',
    `Channel "${channel}" of ${model} was moved while it was being rolled back from version ${current.version}; see what it serves now, then roll back if that is still wanted.`,
  );
}
