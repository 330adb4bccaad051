import type { Problem } from '../route/problem-schema.ts';

/** The edge answered with a problem. The message is its `detail`; `problem` has the rest. */
export class PatchworkProblem extends Error {
  readonly problem: Problem;
  /** Seconds after which to try again, where the edge says so. */
  readonly retryAfter: number | null;

  constructor(problem: Problem, retryAfter: number | null) {
    super(problem.detail);
    this.name = 'PatchworkProblem';
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}
