/**
 * Base of every error Patchwork raises on purpose: `code` comes from the closed set of its area, and
 * the message says what was wrong, where, and what to do. Command lines print it as one line; the
 * edge maps it to an RFC 9457 problem.
 */
export abstract class CodedError<Code extends string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}
