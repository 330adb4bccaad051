import type { z } from 'zod';
import { EdgeError } from './edge-error.ts';
import { checkStructure } from './json-structure.ts';
import { describe } from './operation.ts';
import { readBody } from './read-body.ts';

/**
 * Reads a JSON body of a schema.
 * @throws EdgeError BODY_TOO_LARGE, BODY_EMPTY or BODY_INVALID
 */
export async function readJson<S extends z.ZodType>(
  request: Request,
  schema: S,
  maxBytes: number,
): Promise<z.output<S>> {
  return ofSchema(parseJson(await readBody(request, maxBytes)), schema);
}

/** @throws EdgeError BODY_INVALID where the bytes are no JSON, or have more structure than any body needs */
export function parseJson(bytes: Uint8Array): unknown {
  checkStructure(bytes);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw new EdgeError('BODY_INVALID', 'The body is not JSON in UTF-8.', { cause });
  }
}

/** @throws EdgeError BODY_INVALID naming the field */
export function ofSchema<S extends z.ZodType>(json: unknown, schema: S): z.output<S> {
  const body = schema.safeParse(json);
  if (body.success) return body.data;
  throw new EdgeError('BODY_INVALID', describe(body.error));
}
