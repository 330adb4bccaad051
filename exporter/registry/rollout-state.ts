import type { Halt } from '../contract/halt.ts';
import type { Pointer, Rollout } from '../contract/pointer.ts';
import { UNSIGNED } from '../signing/signer.ts';
import { type ChannelRequest, notServed } from './change-channel.ts';
import { readChannel } from './channel.ts';
import { readHalt } from './halt.ts';
import type { ObjectStore } from './object-store.ts';
import { RegistryError } from './registry-error.ts';

/** A version on trial. */
export interface ChannelTrial {
  readonly rollout: Rollout;
  /** Why it is over, null while it goes on. */
  readonly halt: Halt | null;
}

/** What a channel serves, and what it tries beside that. */
export interface ChannelService {
  readonly serves: number;
  readonly trial: ChannelTrial | null;
}

/**
 * @throws RegistryError CHANNEL_EMPTY, NAME_INVALID, STORE_FAILED; ContractError POINTER_INVALID,
 *   SIGNATURE_MISSING, SIGNATURE_INVALID, KEY_UNTRUSTED
 */
export async function readService(
  store: ObjectStore,
  { model, channel, signer = UNSIGNED }: ChannelRequest,
): Promise<ChannelService> {
  const state = await readChannel(store, model, channel, signer.trusted);
  const { version, rollout } =
    state.problem === null && state.pointer ? state.pointer : notServed(store, state);
  if (rollout === null) return { serves: version, trial: null };
  return { serves: version, trial: { rollout, halt: await readHalt(store, state.pointer!) } };
}

/** The rollout of a pointer. @throws RegistryError ROLLOUT_MISSING */
export function onTrial({ model, channel, rollout }: Pointer): Rollout {
  if (rollout) return rollout;
  throw new RegistryError(
    'ROLLOUT_MISSING',
    `No version is on trial on channel "${channel}" of ${model}; name one to try it.`,
  );
}

/** The version whose trial a change of a channel ended; null where it had none, or now serves that version. */
export function endedTrial(before: Pointer | null, after: Pointer): number | null {
  const tried = before?.rollout?.version;
  return tried === undefined || after.rollout || tried === after.version ? null : tried;
}
