import type { z } from 'zod';
import { EdgeError } from './edge-error.ts';
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
  return parseJson(await readBody(request, maxBytes), schema);
}

/** @throws EdgeError BODY_INVALID naming the field */
export function parseJson<S extends z.ZodType>(bytes: Uint8Array, schema: S): z.output<S> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw new EdgeError('BODY_INVALID', 'The body is not JSON in UTF-8.', { cause });
  }
  const body = schema.safeParse(json);
  if (body.success) return body.data;
  throw new EdgeError('BODY_INVALID', describe(body.error));
}
