import { z } from 'zod';
import { type DocumentKind, parseDocument, serialiseDocument } from './document.ts';

/**
 * A worker's word that a rollout is over, beside the pointer. Workers hold no key and sign nothing; a
 * halt can only end the trial of a candidate, never choose what is served.
 */
export const HaltSchema = z.strictObject({
  schema: z.literal('patchwork/halt@1'),
  /** The pointer that started the trial. */
  sequence: z.int().min(1),
  /** The candidate. */
  version: z.int().min(1),
  reason: z.enum(['errors', 'disagreement', 'load']),
  requests: z.int().min(0),
  errorRate: z.number().min(0).max(1),
  disagreement: z.number().min(0).max(1),
});

export type Halt = z.infer<typeof HaltSchema>;

const HALT: DocumentKind<Halt> = {
  schema: HaltSchema,
  code: 'POINTER_INVALID',
  name: 'halt of a rollout',
};

/** @throws ContractError POINTER_INVALID naming the field */
export function parseHalt(bytes: Uint8Array): Halt {
  return parseDocument(HALT, bytes);
}

export function serialiseHalt(halt: Halt): Uint8Array {
  return serialiseDocument(HALT, halt);
}
