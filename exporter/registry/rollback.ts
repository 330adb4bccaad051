import { rollbackPointer, rollbackTarget } from '../contract/pointer.ts';
import { moveChannel, readChannel } from './channel.ts';
import type { ObjectStore } from './object-store.ts';
import { RegistryError } from './registry-error.ts';
import { readVersion } from './version.ts';

export interface RolledBack {
  readonly from: number;
  readonly to: number;
}

/**
 * Lets a channel serve again what it served before, after checking that this version is still whole.
 * @throws RegistryError CHANNEL_EMPTY, VERSION_MISSING, OBJECT_DAMAGED, CHANNEL_CONTENDED when
 *   somebody moved the channel meanwhile, NAME_INVALID, STORE_FAILED; ContractError POINTER_INVALID,
 *   NOTHING_TO_ROLL_BACK. The channel is unchanged after each of them.
 */
export async function rollback(
  store: ObjectStore,
  { model, channel }: { readonly model: string; readonly channel: string },
): Promise<RolledBack> {
  const state = await readChannel(store, model, channel);
  if (state.problem) throw state.problem;
  if (!state.pointer) {
    throw new RegistryError(
      'CHANNEL_EMPTY',
      `Channel "${channel}" of ${model} serves nothing in the ${store.description}; publish a version first.`,
    );
  }
  const to = rollbackTarget(state.pointer);
  const { manifestSha256 } = await readVersion(store, model, to);
  const next = rollbackPointer(state.pointer, manifestSha256);
  if (await moveChannel(store, model, channel, state, next)) {
    return { from: state.pointer.version, to };
  }
  throw new RegistryError(
    'CHANNEL_CONTENDED',
    `Channel "${channel}" of ${model} was moved while it was being rolled back from version ${state.pointer.version}; see what it serves now, then roll back if that is still wanted.`,
  );
}
