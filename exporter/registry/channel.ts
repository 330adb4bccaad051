import { ContractError } from '../contract/contract-error.ts';
import { sha256 } from '../contract/digest.ts';
import { objectKey } from '../contract/object-key.ts';
import {
  type Pointer,
  parsePointer,
  serialisePointer,
  unsignedPointer,
  verifyPointer,
} from '../contract/pointer.ts';
import { sign, type TrustedKey } from '../contract/signature.ts';
import type { Signer } from '../signing/signer.ts';
import { checkName } from './name.ts';
import type { ObjectStore, PutCondition } from './object-store.ts';
import { RegistryError } from './registry-error.ts';

/** A channel as it was read. */
export interface ChannelState {
  readonly model: string;
  readonly channel: string;
  /** Null where the channel has never served, or where its pointer cannot be read. */
  readonly pointer: Pointer | null;
  /** Why the pointer cannot be read, or not be believed. */
  readonly problem: ContractError | null;
  /** Holds as long as nobody else moves the channel. */
  readonly unmoved: PutCondition;
}

/**
 * @param trusted whose signature the pointer needs; with none, signatures are not looked at
 * @throws RegistryError NAME_INVALID, STORE_FAILED
 */
export async function readChannel(
  store: ObjectStore,
  model: string,
  channel: string,
  trusted: readonly TrustedKey[] = [],
): Promise<ChannelState> {
  checkName('model', model);
  checkName('channel', channel);
  const object = await store.get(objectKey.pointer(model, channel));
  const state = { model, channel, pointer: null, problem: null };
  if (!object) return { ...state, unmoved: { ifNoneMatch: '*' } };
  const unmoved = { ifMatch: object.etag };
  let pointer: Pointer | null = null;
  try {
    if (object.sha256 !== null && object.sha256 !== (await sha256(object.bytes))) {
      throw new ContractError(
        'POINTER_INVALID',
        'The channel pointer is not what was written; publish it again.',
      );
    }
    pointer = parsePointer(object.bytes);
    await verifyPointer(pointer, trusted);
    return { ...state, pointer, unmoved };
  } catch (error) {
    return { ...state, pointer, problem: error as ContractError, unmoved };
  }
}

/**
 * The pointer that a writer goes on from: null where there is none, and where the present one cannot be
 * read or is not what was signed, which moving the channel mends. An unsigned one is taken over.
 * @throws RegistryError KEY_REQUIRED when keys are in use and the writer has none; ContractError
 *   KEY_UNTRUSTED when somebody signed it whom the writer does not know
 */
export function pointerToMove(state: ChannelState, signer: Signer): Pointer | null {
  const { model, channel, pointer, problem } = state;
  if (!signer.key && (pointer?.signature || signer.trusted.length > 0)) {
    throw new RegistryError(
      'KEY_REQUIRED',
      `Channel "${channel}" of ${model} is signed; name a key with --key or PATCHWORK_KEY. The channel was not changed.`,
    );
  }
  if (problem === null || problem.code === 'SIGNATURE_MISSING') return pointer;
  if (problem.code === 'KEY_UNTRUSTED') throw problem;
  return null;
}

/**
 * Moves a channel by compare-and-swap, signing the pointer where the writer has a key.
 * @param next an unsigned pointer
 * @returns false, and writes nothing, when somebody moved it since `state` was read
 */
export async function moveChannel(
  store: ObjectStore,
  state: ChannelState,
  next: Pointer,
  { key }: Signer,
): Promise<boolean> {
  const signature = key && (await sign(unsignedPointer(next), key));
  const bytes = serialisePointer({ ...next, signature });
  return (
    (await store.put(objectKey.pointer(state.model, state.channel), bytes, state.unmoved)) !== null
  );
}
