import { type Halt, parseHalt } from '../contract/halt.ts';
import { objectKey } from '../contract/object-key.ts';
import type { Pointer } from '../contract/pointer.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * What a worker said when it halted the rollout of a pointer; null where none did, or there is no rollout.
 * As for workers, a halt that cannot be read is none.
 * @throws RegistryError STORE_FAILED
 */
export async function readHalt(
  store: ObjectStore,
  { model, channel, sequence, rollout }: Pointer,
): Promise<Halt | null> {
  if (rollout === null) return null;
  const object = await store.get(objectKey.halt(model, channel));
  const halt = object && parse(object.bytes);
  return halt?.sequence === sequence && halt.version === rollout.version ? halt : null;
}

function parse(bytes: Uint8Array): Halt | null {
  try {
    return parseHalt(bytes);
  } catch {
    return null;
  }
}
