import { isDeepStrictEqual } from 'node:util';
import { verifyManifest } from '../contract/manifest.ts';
import { type Pointer, type Rollout, withRollout } from '../contract/pointer.ts';
import { UNSIGNED } from '../signing/signer.ts';
import { type ChannelRequest, changeChannel } from './change-channel.ts';
import { ROLLOUT_DEFAULTS } from './defaults.ts';
import { readHalt } from './halt.ts';
import type { ObjectStore } from './object-store.ts';
import { RegistryError } from './registry-error.ts';
import { onTrial } from './rollout-state.ts';
import { readVersion } from './version.ts';

/** How a version is tried, and what stops that. */
export type RolloutSettings = Omit<Rollout, 'version' | 'manifestSha256'>;

export interface RolloutRequest extends ChannelRequest {
  /** The candidate; by default the one that is on trial already. */
  readonly version?: number | undefined;
  /** What is left out stays as it is, or is `ROLLOUT_DEFAULTS` where the version was not on trial. */
  readonly settings: {
    readonly [Name in keyof RolloutSettings]?: RolloutSettings[Name] | undefined;
  };
}

/**
 * Puts a published version on trial beside the one that a channel serves, after checking that it is whole
 * and signed as it should be; or changes how it is tried. What is tried so already is left as it is, so
 * that a retry is harmless and counts nothing anew.
 * @returns the trial
 * @throws RegistryError VERSION_SERVED, ROLLOUT_MISSING when no version is named and none is on trial,
 *   ROLLOUT_RUNNING when another one is, ROLLOUT_HALTED when workers halted the trial of this one;
 *   VERSION_MISSING, OBJECT_DAMAGED; ContractError SIGNATURE_MISSING; and as `changeChannel` does
 */
export async function rollOut(store: ObjectStore, request: RolloutRequest): Promise<Rollout> {
  const { model, settings, signer = UNSIGNED } = request;
  const { after } = await changeChannel(store, request, async (current) => {
    const version = request.version ?? onTrial(current).version;
    await checkFree(store, current, version);
    const { manifest, manifestSha256 } = await readVersion(store, model, version);
    await verifyManifest(manifest, signer.trusted);
    const before = current.rollout?.version === version ? current.rollout : ROLLOUT_DEFAULTS;
    const rollout: Rollout = { ...before, ...stated(settings), version, manifestSha256 };
    return isDeepStrictEqual(rollout, current.rollout) ? current : withRollout(current, rollout);
  });
  return onTrial(after);
}

/** Checks that a version may be put on trial, or its trial changed. */
async function checkFree(store: ObjectStore, current: Pointer, version: number): Promise<void> {
  const { model, channel, rollout } = current;
  const where = `channel "${channel}" of ${model}`;
  if (current.version === version) {
    throw new RegistryError(
      'VERSION_SERVED',
      `Version ${version} is what ${where} serves already; try another one.`,
    );
  }
  if (rollout === null) return;
  const halt = await readHalt(store, current);
  if (halt === null && rollout.version !== version) {
    throw new RegistryError(
      'ROLLOUT_RUNNING',
      `Version ${rollout.version} is on trial on ${where}; finish or stop that before version ${version} is tried.`,
    );
  }
  if (halt !== null && rollout.version === version) {
    throw new RegistryError(
      'ROLLOUT_HALTED',
      `The trial of version ${version} on ${where} was halted (${halt.reason}); stop it before you try the version anew.`,
    );
  }
}

function stated(settings: RolloutRequest['settings']): Partial<RolloutSettings> {
  return Object.fromEntries(
    Object.entries(settings).filter(([, setting]) => setting !== undefined),
  );
}
