import { verifyManifest } from '../contract/manifest.ts';
import { advancePointer, type Pointer, type Rollout, withRollout } from '../contract/pointer.ts';
import { UNSIGNED } from '../signing/signer.ts';
import { type ChannelRequest, changeChannel } from './change-channel.ts';
import { readHalt } from './halt.ts';
import type { ObjectStore } from './object-store.ts';
import { RegistryError } from './registry-error.ts';
import { onTrial } from './rollout-state.ts';
import { readVersion } from './version.ts';

export interface EndRequest extends ChannelRequest {
  /** End the trial only if it is that of this version. */
  readonly version?: number | undefined;
}

export interface FinishedRollout {
  readonly from: number;
  readonly to: number;
}

/**
 * Lets a channel serve the version that it tries to everybody, after checking that this is whole and
 * signed as it should be. A rollback returns to the version before.
 * @throws RegistryError ROLLOUT_MISSING, ROLLOUT_HALTED, VERSION_MISSING, OBJECT_DAMAGED; ContractError
 *   SIGNATURE_MISSING; and as `changeChannel` does
 */
export async function finishRollout(
  store: ObjectStore,
  request: EndRequest,
): Promise<FinishedRollout> {
  const { model, channel, signer = UNSIGNED } = request;
  const { before, after } = await changeChannel(store, request, async (current) => {
    const { version } = trialOf(current, request);
    const halt = await readHalt(store, current);
    if (halt) {
      throw new RegistryError(
        'ROLLOUT_HALTED',
        `The trial of version ${version} on channel "${channel}" of ${model} was halted (${halt.reason}); stop it, or promote the version to serve it all the same.`,
      );
    }
    const { manifest, manifestSha256 } = await readVersion(store, model, version);
    await verifyManifest(manifest, signer.trusted);
    return advancePointer(current, { model, channel }, { version, manifestSha256 });
  });
  return { from: before.version, to: after.version };
}

/**
 * Ends the trial of a version, so that the one that the channel serves answers everybody.
 * @returns what the channel serves, and what it tried
 * @throws RegistryError ROLLOUT_MISSING; and as `changeChannel` does
 */
export async function stopRollout(
  store: ObjectStore,
  request: EndRequest,
): Promise<{ readonly serves: number; readonly tried: Rollout }> {
  const { before } = await changeChannel(store, request, (current) => {
    trialOf(current, request);
    return withRollout(current, null);
  });
  return { serves: before.version, tried: onTrial(before) };
}

/** @throws RegistryError ROLLOUT_MISSING where the pointer tries no version, or another one than is asked for */
function trialOf(current: Pointer, { model, channel, version }: EndRequest): Rollout {
  const rollout = onTrial(current);
  if (version === undefined || version === rollout.version) return rollout;
  throw new RegistryError(
    'ROLLOUT_MISSING',
    `Channel "${channel}" of ${model} tries version ${rollout.version}, not ${version}, and was left there.`,
  );
}
