import type { Pointer } from '../contract/pointer.ts';
import { type Signer, UNSIGNED } from '../signing/signer.ts';
import { type ChannelState, moveChannel, pointerToMove, readChannel } from './channel.ts';
import type { ObjectStore } from './object-store.ts';
import { RegistryError } from './registry-error.ts';

/** A channel, and who reads or changes it. */
export interface ChannelRequest {
  readonly model: string;
  readonly channel: string;
  readonly signer?: Signer;
}

/** A change of a channel by its pointers, without signatures. */
export interface ChangedChannel {
  readonly before: Pointer;
  readonly after: Pointer;
}

/**
 * Changes the pointer of a channel that serves something, by compare-and-swap.
 * @param change gives the unsigned pointer that follows the present one, or the present one where that is
 *   as it should be already
 * @throws what `change` throws; RegistryError CHANNEL_EMPTY, CHANNEL_CONTENDED when somebody moved the
 *   channel meanwhile, KEY_REQUIRED, NAME_INVALID, STORE_FAILED; ContractError POINTER_INVALID,
 *   SIGNATURE_INVALID, KEY_UNTRUSTED. The channel is unchanged after each of them.
 */
export async function changeChannel(
  store: ObjectStore,
  { model, channel, signer = UNSIGNED }: ChannelRequest,
  change: (current: Pointer) => Pointer | Promise<Pointer>,
): Promise<ChangedChannel> {
  const state = await readChannel(store, model, channel, signer.trusted);
  const current = pointerToMove(state, signer) ?? notServed(store, state);
  const next = await change(current);
  const done = next === current && state.problem === null;
  if (done || (await moveChannel(store, state, next, signer)))
    return { before: current, after: next };
  throw new RegistryError(
    'CHANNEL_CONTENDED',
    `Channel "${channel}" of ${model} was moved meanwhile, and left as it is now; see what it serves, then run the command again if that is still wanted.`,
  );
}

/** @throws why a channel has no pointer to go on from: RegistryError CHANNEL_EMPTY, or what is wrong with it */
export function notServed(
  { description }: ObjectStore,
  { model, channel, problem }: ChannelState,
): never {
  if (problem) throw problem;
  throw new RegistryError(
    'CHANNEL_EMPTY',
    `Channel "${channel}" of ${model} serves nothing in the ${description}; publish a version first.`,
  );
}
