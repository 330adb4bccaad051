import { z } from 'zod';
import { CodedError } from '../../exporter/contract/coded-error.ts';
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
 * @param instance the path that was asked for
 */
export function problemResponse(error: unknown, instance: string, requestId: string): Response {
  const known = error instanceof CodedError && isProblemCode(error.code);
  const code: ProblemCode = known ? error.code : 'INTERNAL';
  const [status, title] = PROBLEMS[code];
  const problem: Problem = {
    type: `urn:patchwork:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    detail: known
      ? error.message
      : 'The edge failed in a way it does not know; give the request id to its operator.',
    instance,
    code,
    requestId,
  };
  return Response.json(problem, {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(status === 503 ? RETRY_AFTER : {}),
      ...(error instanceof EdgeError ? error.headers : {}),
    },
  });
}
