import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import { createApp } from '../../edge/app.ts';
import type { Environment } from '../../edge/environment.ts';
import type { ProblemCode } from '../../edge/route/problem-code.ts';
import { type Problem, ProblemSchema } from '../../edge/route/problem-schema.ts';
import { type Versions, VersionsSchema } from '../../edge/route/versions-schema.ts';

/** An isolate that has served nothing yet. */
export class TestIsolate {
  readonly #app = createApp();
  readonly #environment: Environment;

  constructor(overrides: Partial<Environment> = {}) {
    this.#environment = { ...env, ...overrides };
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return this.send(new Request(`https://edge.test${path}`, init));
  }

  /** Answers, and finishes what goes on in the background. */
  async send(request: Request): Promise<Response> {
    const context = createExecutionContext();
    const response = await this.#app.fetch(request, this.#environment, context);
    await waitOnExecutionContext(context);
    return response;
  }

  classify(picture: BodyInit, query = '', init: RequestInit = {}): Promise<Response> {
    return this.fetch(`/classify${query}`, { method: 'POST', body: picture, ...init });
  }

  async versions(): Promise<Versions> {
    return VersionsSchema.parse(await (await this.fetch('/versions')).json());
  }

  admin(path: string, body: unknown, token = 'open-sesame'): Promise<Response> {
    return this.fetch(`/admin/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${token}` },
    });
  }
}

/** Checks that a response is the problem `code`, in the form that all problems have. */
export async function expectProblem(
  response: Response,
  status: number,
  code: ProblemCode,
): Promise<Problem> {
  const problem = ProblemSchema.parse(await response.json());
  expect(problem).toMatchObject({ status, code, requestId: response.headers.get('x-request-id') });
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  return problem;
}
