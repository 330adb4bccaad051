import { EdgeError } from '../edge-error.ts';
import { endOfString } from '../json-structure.ts';

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const DATA = new TextEncoder().encode('"data"');
const SPACES: readonly unknown[] = [0x20, 0x09, 0x0a, 0x0d];
const NUMERIC: ReadonlySet<unknown> = new Set(new TextEncoder().encode('0123456789+-.eE, \t\n\r'));

/** How deeply the numbers of a tensor may be nested, which has four dimensions. */
const DEEPEST = 4;

export interface SplitBody {
  /** The JSON with an empty array in place of the numbers. */
  readonly json: Uint8Array;
  /** The array of numbers, as text; empty where there is none. */
  readonly numbers: Uint8Array;
}

/**
 * Takes the array of `data` out of a request, so that its numbers need not become objects, which would
 * take many times the memory of their text.
 * @throws EdgeError TENSOR_INVALID where it holds anything but numbers; BODY_INVALID where there are two
 */
export function splitNumbers(body: Uint8Array): SplitBody {
  let split: SplitBody = { json: body, numbers: new Uint8Array() };
  for (let at = body.indexOf(QUOTE); at !== -1; at = body.indexOf(QUOTE, at)) {
    const isData = DATA.every((byte, index) => byte === body[at + index]);
    at = endOfString(body, at) + 1;
    const start = isData ? startOfArray(body, at) : null;
    if (start === null) continue;
    if (split.numbers.length > 0) {
      throw new EdgeError('BODY_INVALID', 'A request has the data of one tensor.');
    }
    at = endOfNumbers(body, start);
    split = {
      json: joined(body.subarray(0, start + 1), body.subarray(at - 1)),
      numbers: body.subarray(start, at),
    };
  }
  return split;
}

/** Where an array begins that is the value of the key that ends at `at`; null where none is. */
function startOfArray(body: Uint8Array, at: number): number | null {
  const colon = afterSpaces(body, at);
  if (body[colon] !== COLON) return null;
  const start = afterSpaces(body, colon + 1);
  return body[start] === OPEN ? start : null;
}

function afterSpaces(body: Uint8Array, from: number): number {
  let at = from;
  while (SPACES.includes(body[at])) at++;
  return at;
}

/** Behind the bracket that closes the array of numbers that begins at `start`. */
function endOfNumbers(body: Uint8Array, start: number): number {
  let depth = 0;
  for (let at = start; at < body.length; at++) {
    if (body[at] === OPEN) depth++;
    else if (body[at] === CLOSE) depth--;
    else if (!NUMERIC.has(body[at])) break;
    if (depth > DEEPEST) break;
    if (depth === 0) return at + 1;
  }
  throw new EdgeError(
    'TENSOR_INVALID',
    `The data of a tensor is an array of numbers, nested ${DEEPEST} deep at most.`,
  );
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}
