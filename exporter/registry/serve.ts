import { advancePointer, type Pointer, type VersionReference } from '../contract/pointer.ts';
import type { Signer } from '../signing/signer.ts';
import { type ChannelState, moveChannel, pointerToMove, readChannel } from './channel.ts';
import type { ObjectStore } from './object-store.ts';
import { RegistryError } from './registry-error.ts';
import { endedTrial } from './rollout-state.ts';

/** How often somebody else may win the race for a channel before we give up. */
const MOVE_ATTEMPTS = 20;

/** What a channel did before it was moved. */
export interface Served {
  /** What it served; null where nothing, or where that cannot be told. */
  readonly previous: number | null;
  /** The version whose trial the move ended, null where no other was on trial. */
  readonly endedTrial: number | null;
}

export interface ServeRequest extends VersionReference {
  readonly model: string;
  readonly channel: string;
  readonly signer: Signer;
  /** Whether a channel may go back to an earlier version. */
  readonly backwards: boolean;
}

/**
 * Moves a channel to a stored version, which ends a rollout.
 * @throws RegistryError CHANNEL_AHEAD, CHANNEL_CONTENDED, KEY_REQUIRED; ContractError KEY_UNTRUSTED
 */
export async function serve(store: ObjectStore, request: ServeRequest): Promise<Served> {
  const { model, version, channel, signer, backwards } = request;
  for (let attempt = 0; attempt < MOVE_ATTEMPTS; attempt++) {
    const state = await readChannel(store, model, channel, signer.trusted);
    const current = pointerToMove(state, signer);
    const serving = current?.version ?? null;
    if (!backwards && serving !== null && serving > version) {
      throw new RegistryError(
        'CHANNEL_AHEAD',
        `Version ${version} of ${model} is stored, but channel "${channel}" already serves version ${serving} and was left there; to go back, roll back or promote.`,
      );
    }
    const next = nextPointer(state, current, request);
    if (next === null) return { previous: serving, endedTrial: null };
    if (await moveChannel(store, state, next, signer)) {
      return { previous: serving, endedTrial: endedTrial(current, next) };
    }
  }
  throw new RegistryError(
    'CHANNEL_CONTENDED',
    `Version ${version} of ${model} is stored, but others kept moving channel "${channel}"; run the command again.`,
  );
}

/** Null where the channel serves the version already, signed as it should be. */
function nextPointer(
  state: ChannelState,
  current: Pointer | null,
  { model, channel, version, manifestSha256 }: ServeRequest,
): Pointer | null {
  const next = advancePointer(current, { model, channel }, { version, manifestSha256 });
  if (next === current && state.problem === null) return null;
  // Readers keep to the highest sequence that they saw, so that a pointer made anew must not fall behind.
  const lost = !state.pointer && (state.problem !== null || version > 1);
  const sequence = lost ? secondsOfNow() : (state.pointer?.sequence ?? 0);
  return { ...next, sequence: sequence + 1 };
}

/**
 * What the sequence of a pointer that is gone or cannot be read did not reach: counted from 1, or from such a
 * time, a channel would have to move every second.
 */
function secondsOfNow(): number {
  return Math.floor(Date.now() / 1000);
}
