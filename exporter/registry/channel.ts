import type { ContractError } from '../contract/contract-error.ts';
import { objectKey } from '../contract/object-key.ts';
import { type Pointer, parsePointer, serialisePointer } from '../contract/pointer.ts';
import { checkName } from './name.ts';
import type { ObjectStore, PutCondition } from './object-store.ts';

/** A channel as it was read. */
export interface ChannelState {
  /** Null where the channel has never served, or where its pointer cannot be read. */
  readonly pointer: Pointer | null;
  /** Why the pointer cannot be read. */
  readonly problem: ContractError | null;
  /** Holds as long as nobody else moves the channel. */
  readonly unmoved: PutCondition;
}

/** @throws RegistryError NAME_INVALID, STORE_FAILED */
export async function readChannel(
  store: ObjectStore,
  model: string,
  channel: string,
): Promise<ChannelState> {
  checkName('model', model);
  checkName('channel', channel);
  const object = await store.get(objectKey.pointer(model, channel));
  if (!object) return { pointer: null, problem: null, unmoved: { ifNoneMatch: '*' } };
  const unmoved = { ifMatch: object.etag };
  try {
    return { pointer: parsePointer(object.bytes), problem: null, unmoved };
  } catch (error) {
    return { pointer: null, problem: error as ContractError, unmoved };
  }
}

/**
 * Moves a channel by compare-and-swap.
 * @returns false, and writes nothing, when somebody moved it since `state` was read
 */
export async function moveChannel(
  store: ObjectStore,
  model: string,
  channel: string,
  state: ChannelState,
  pointer: Pointer,
): Promise<boolean> {
  const key = objectKey.pointer(model, channel);
  return (await store.put(key, serialisePointer(pointer), state.unmoved)) !== null;
}
