import { EdgeError } from './edge-error.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;

/** Values and members that a body may have. Pictures are strings, and tensors are read without this. */
const MOST = 10_000;

/**
 * Holds the structure of a JSON against a bound before it is parsed: a few bytes of it take hundreds
 * once they are objects, and more in what a schema has to say of each.
 * @throws EdgeError BODY_INVALID
 */
export function checkStructure(bytes: Uint8Array): void {
  let found = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte !== COMMA && byte !== BRACKET && byte !== BRACE) continue;
    if (++found > MOST) {
      throw new EdgeError(
        'BODY_INVALID',
        `The body has more than ${MOST} values and members; nothing that is taken here has as many.`,
      );
    }
  }
}

/** Where a string of JSON ends that begins at `start`: at its closing quote, or with the bytes. */
export function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}
