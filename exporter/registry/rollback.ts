import { verifyManifest } from '../contract/manifest.ts';
import { rollbackPointer, rollbackTarget } from '../contract/pointer.ts';
import { UNSIGNED } from '../signing/signer.ts';
import { type ChannelRequest, changeChannel } from './change-channel.ts';
import type { ObjectStore } from './object-store.ts';
import { RegistryError } from './registry-error.ts';
import { endedTrial } from './rollout-state.ts';
import { readVersion } from './version.ts';

export interface RollbackRequest extends ChannelRequest {
  /** Roll back only if the channel serves this version. */
  readonly from?: number;
}

export interface RolledBack {
  readonly from: number;
  readonly to: number;
  /** The version whose trial this ended, null where none was on trial. */
  readonly endedTrial: number | null;
}

/**
 * Lets a channel serve again what it served before, after checking that this version is still whole and
 * signed as it should be. It ends a rollout.
 * @throws RegistryError VERSION_MISSING, OBJECT_DAMAGED; ContractError NOTHING_TO_ROLL_BACK,
 *   SIGNATURE_MISSING; and as `changeChannel` does
 */
export async function rollback(
  store: ObjectStore,
  { from, ...request }: RollbackRequest,
): Promise<RolledBack> {
  const { model, channel, signer = UNSIGNED } = request;
  const { before, after } = await changeChannel(store, request, async (current) => {
    if (from !== undefined && current.version !== from) {
      throw new RegistryError(
        'CHANNEL_CONTENDED',
        `Channel "${channel}" of ${model} serves version ${current.version}, not ${from}, and was left there.`,
      );
    }
    const { manifest, manifestSha256 } = await readVersion(store, model, rollbackTarget(current));
    await verifyManifest(manifest, signer.trusted);
    return rollbackPointer(current, manifestSha256);
  });
  return { from: before.version, to: after.version, endedTrial: endedTrial(before, after) };
}
