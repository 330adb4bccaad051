import type { z } from 'zod';
import { ContractError, type ContractErrorCode } from './contract-error.ts';

/** A kind of JSON document in the bucket: its schema, and what errors call it. */
export interface DocumentKind<T> {
  readonly schema: z.ZodType<T>;
  readonly code: ContractErrorCode;
  readonly name: string;
}

/**
 * The one spelling of a document: the schema's key order, two spaces, a final newline. It is what is
 * stored, digested and signed.
 */
export function serialiseDocument<T>({ schema }: DocumentKind<T>, document: T): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(schema.parse(document), null, 2)}\n`);
}

/**
 * Reads a document, which must be spelled as `serialiseDocument` spells it, so that no byte of it can
 * change unnoticed.
 * @throws ContractError with the kind's code, naming the field
 */
export function parseDocument<T>(kind: DocumentKind<T>, bytes: Uint8Array): T {
  const { schema, code, name } = kind;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw new ContractError(code, `The ${name} is not JSON; publish it again.`, { cause });
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0];
    const field = issue?.path.join('.') || 'top level';
    throw new ContractError(
      code,
      `The ${name} breaks its schema at ${field}: ${issue?.message}. Publish it again.`,
    );
  }
  if (!sameBytes(serialiseDocument(kind, result.data), bytes)) {
    throw new ContractError(
      code,
      `The ${name} is not spelled as it is published; publish it again.`,
    );
  }
  return result.data;
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
