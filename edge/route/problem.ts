import { CodedError } from '../../exporter/contract/coded-error.ts';
import type { EdgeContext } from './edge-context.ts';
import { EdgeError } from './edge-error.ts';
import type { ProtocolError } from './inference-protocol/protocol-schema.ts';
import { isProblemCode, PROBLEMS, type ProblemCode } from './problem-code.ts';
import type { Problem } from './problem-schema.ts';

const RETRY_AFTER = { 'retry-after': '1' };

/** What answers say in place of codes that tell more of the inside than a sender can do something about. */
const TOLD_AS: ReadonlyMap<string, ProblemCode> = new Map([
  ['LOAD_EXPIRED', 'NOT_READY'],
  ['POINTER_MISPLACED', 'POINTER_INVALID'],
]);

/**
 * The answer to an error: problem details, or, below /v2, an error of the Open Inference Protocol. An
 * error that no code of ours describes becomes INTERNAL and tells nothing of itself: it is for the log.
 */
export function problemResponse(context: EdgeContext, error: unknown): Response {
  const problem = problemOf(context, error);
  const headers = {
    ...(problem.status === 503 ? RETRY_AFTER : {}),
    ...(error instanceof EdgeError ? error.headers : {}),
  };
  const protocol = /^\/v2(\/|$)/.test(context.req.path);
  const body: Problem | ProtocolError = protocol ? { error: problem.detail } : problem;
  const type = protocol ? 'application/json' : 'application/problem+json';
  const [status] = PROBLEMS[problem.code];
  return context.body(JSON.stringify(body), status, { 'content-type': type, ...headers });
}

function problemOf(context: EdgeContext, error: unknown): Problem {
  const { requestId } = context.var;
  const known = knownCode(error);
  const code = known ?? 'INTERNAL';
  if (known === null) logUnknown(error, requestId);
  const [status, title] = PROBLEMS[code];
  return {
    type: `urn:patchwork:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    detail:
      error instanceof CodedError && known !== null
        ? error.message
        : 'The edge failed in a way it does not know; give the request id to its operator.',
    instance: context.req.path,
    code,
    requestId,
  };
}

function knownCode(error: unknown): ProblemCode | null {
  if (!(error instanceof CodedError)) return null;
  const code: string = TOLD_AS.get(error.code) ?? error.code;
  return isProblemCode(code) ? code : null;
}

function logUnknown(error: unknown, requestId: string): void {
  const { stack, cause } = error instanceof Error ? error : { stack: String(error), cause: '' };
  console.error(JSON.stringify({ event: 'error', requestId, stack, cause: String(cause ?? '') }));
}
