import { z } from 'zod';
import { CodedError } from '../../exporter/contract/coded-error.ts';
import type { EdgeContext } from './edge-context.ts';
import { EdgeError } from './edge-error.ts';
import { isProblemCode, PROBLEMS, type ProblemCode } from './problem-code.ts';

/** Problem details of RFC 9457, with the code that programs tell problems apart by. */
export const ProblemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
  requestId: z.string(),
});

export type Problem = z.infer<typeof ProblemSchema>;

const RETRY_AFTER = { 'retry-after': '1' };

/**
 * The answer to an error. An error that no code of ours describes becomes INTERNAL and tells nothing
 * of itself: it is for the log.
 */
export function problemResponse(context: EdgeContext, error: unknown): Response {
  const { requestId } = context.var;
  const known = error instanceof CodedError && isProblemCode(error.code);
  const code: ProblemCode = known ? error.code : 'INTERNAL';
  if (!known) logUnknown(error, requestId);
  const [status, title] = PROBLEMS[code];
  const problem: Problem = {
    type: `urn:patchwork:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    detail: known
      ? error.message
      : 'The edge failed in a way it does not know; give the request id to its operator.',
    instance: context.req.path,
    code,
    requestId,
  };
  return context.body(JSON.stringify(problem), status, {
    'content-type': 'application/problem+json',
    ...(status === 503 ? RETRY_AFTER : {}),
    ...(error instanceof EdgeError ? error.headers : {}),
  });
}

function logUnknown(error: unknown, requestId: string): void {
  const { stack, cause } = error instanceof Error ? error : { stack: String(error), cause: '' };
  console.error(JSON.stringify({ event: 'error', requestId, stack, cause: String(cause ?? '') }));
}
