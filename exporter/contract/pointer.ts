import { z } from 'zod';
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
