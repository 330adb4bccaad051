import { z } from 'zod';
import { ContractError } from './contract-error.ts';
import { parseJson } from './manifest.ts';

/**
 * The one mutable object of a channel: which version it serves. Changed by compare-and-swap on its
 * etag. `history` lists the versions served before, oldest first, so that a rollback knows its target.
 */
export const PointerSchema = z.strictObject({
  schema: z.literal('patchwork/pointer@1'),
  version: z.int().min(1),
  manifestSha256: z.string().regex(/^[0-9a-f]{64}$/),
  history: z.array(z.int().min(1)),
});

export type Pointer = z.infer<typeof PointerSchema>;

/**
 * Reads a pointer from its JSON bytes.
 * @throws ContractError POINTER_INVALID naming the field
 */
export function parsePointer(bytes: Uint8Array): Pointer {
  return parseJson(PointerSchema, bytes, 'POINTER_INVALID', 'channel pointer');
}

export function serialisePointer(pointer: Pointer): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(PointerSchema.parse(pointer), null, 2)}\n`);
}

/** How many earlier versions a pointer remembers; the oldest are forgotten first. */
export const HISTORY_LIMIT = 100;

/**
 * The pointer after `version` is put into service: by publishing it or by moving the channel to it.
 * Putting into service what already is changes nothing, so that a retry is harmless.
 * @param current null where the channel has never served
 * @param manifestSha256 digest of the stored manifest of `version`
 */
export function advancePointer(
  current: Pointer | null,
  version: number,
  manifestSha256: string,
): Pointer {
  if (current?.version === version && current.manifestSha256 === manifestSha256) return current;
  const history = current ? [...current.history, current.version].slice(-HISTORY_LIMIT) : [];
  return PointerSchema.parse({ schema: 'patchwork/pointer@1', version, manifestSha256, history });
}

/**
 * The version that a rollback returns to: the one served last before the present one.
 * @throws ContractError NOTHING_TO_ROLL_BACK where none was
 */
export function rollbackTarget(current: Pointer): number {
  const target = current.history.at(-1);
  if (target !== undefined) return target;
  throw new ContractError(
    'NOTHING_TO_ROLL_BACK',
    `Version ${current.version} is the first that this channel served; publish another version instead.`,
  );
}

/**
 * The pointer after a rollback. A second rollback goes one version further back.
 * @param manifestSha256 digest of the stored manifest of `rollbackTarget(current)`
 * @throws ContractError NOTHING_TO_ROLL_BACK where no version was served before
 */
export function rollbackPointer(current: Pointer, manifestSha256: string): Pointer {
  return PointerSchema.parse({
    schema: 'patchwork/pointer@1',
    version: rollbackTarget(current),
    manifestSha256,
    history: current.history.slice(0, -1),
  });
}
