import { EdgeError } from '../edge-error.ts';
import { ofSchema, parseJson } from '../read-json.ts';
import { type InferRequest, InferRequestSchema } from './protocol-schema.ts';
import { splitNumbers } from './split-numbers.ts';

export const HEADER_LENGTH = 'inference-header-content-length';

export interface ProtocolRequest {
  /** With an empty array in place of the numbers of its tensor. */
  readonly json: InferRequest;
  /** These, as the text of an array of JSON; empty where there are none. */
  readonly numbers: Uint8Array;
  /** What follows the JSON; empty where the binary extension is not used. */
  readonly binary: Uint8Array;
}

/**
 * Splits a body into its JSON and the binary tensors behind it.
 * @throws EdgeError BODY_INVALID or TENSOR_INVALID
 */
export function parseRequest(body: Uint8Array, headers: Headers): ProtocolRequest {
  const stated = headers.get(HEADER_LENGTH);
  if (stated === null) return { ...parseHeader(body), binary: new Uint8Array() };
  const length = /^\d{1,9}$/.test(stated) ? Number(stated) : Number.POSITIVE_INFINITY;
  if (length > body.length) {
    throw new EdgeError(
      'BODY_INVALID',
      `${HEADER_LENGTH} is no number of at most the ${body.length} bytes of the body.`,
    );
  }
  return { ...parseHeader(body.subarray(0, length)), binary: body.subarray(length) };
}

function parseHeader(body: Uint8Array): Omit<ProtocolRequest, 'binary'> {
  const { json, numbers } = splitNumbers(body);
  return { json: ofSchema(parseJson(json), InferRequestSchema), numbers };
}
