import { CodedError } from '../../exporter/contract/coded-error.ts';
import type { ProblemCode } from './problem-code.ts';

/** A request that cannot be answered as asked. The message is shown to whoever sent it. */
export class EdgeError extends CodedError<ProblemCode> {
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    message: string,
    options: ErrorOptions & { headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(code, message, options);
    this.headers = options.headers ?? {};
  }
}
