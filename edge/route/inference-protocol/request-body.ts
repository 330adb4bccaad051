import { EdgeError } from '../edge-error.ts';
import { parseJson } from '../read-json.ts';
import { type InferRequest, InferRequestSchema } from './protocol-schema.ts';

export const HEADER_LENGTH = 'inference-header-content-length';

export interface ProtocolRequest {
  readonly json: InferRequest;
  /** What follows the JSON; empty where the binary extension is not used. */
  readonly binary: Uint8Array;
}

/**
 * Splits a body into its JSON and the binary tensors behind it.
 * @throws EdgeError BODY_INVALID
 */
export function parseRequest(body: Uint8Array, headers: Headers): ProtocolRequest {
  const stated = headers.get(HEADER_LENGTH);
  if (stated === null) {
    return { json: parseJson(body, InferRequestSchema), binary: new Uint8Array() };
  }
  const length = /^\d{1,9}$/.test(stated) ? Number(stated) : Number.POSITIVE_INFINITY;
  if (length > body.length) {
    throw new EdgeError(
      'BODY_INVALID',
      `${HEADER_LENGTH} is no number of at most the ${body.length} bytes of the body.`,
    );
  }
  return {
    json: parseJson(body.subarray(0, length), InferRequestSchema),
    binary: body.subarray(length),
  };
}
