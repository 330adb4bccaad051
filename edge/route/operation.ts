import type { z } from 'zod';
import type { Role } from '../security/role.ts';
import type { EdgeContext } from './edge-context.ts';
import { EdgeError } from './edge-error.ts';
import type { ProblemCode } from './problem-code.ts';

/** What a body is made of: JSON of a schema, or bytes or text that no schema describes. */
export type Content = z.ZodType | 'bytes' | 'text';

export interface RequestBody {
  readonly description: string;
  /** By media type. */
  readonly content: Readonly<Record<string, Content>>;
}

export interface Reply {
  readonly description: string;
  /** By media type; empty where there is no body. */
  readonly content: Readonly<Record<string, Content>>;
}

/** What the specification says of a route, and what the app does with it. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** As Hono spells it: `/versions/:version/card`. */
  readonly path: string;
  readonly group: string;
  readonly summary: string;
  /** Whose bearer token it takes; null where anybody may ask. */
  readonly role: Role | null;
  readonly parameters: z.ZodObject;
  readonly query: z.ZodObject;
  /** Request headers that it heeds, for the specification. */
  readonly headers?: z.ZodObject;
  readonly body: RequestBody | null;
  /** By status. Problems come beside. */
  readonly replies: Readonly<Record<number, Reply>>;
  /** Those of this route, beside what any may answer, or any with a body. */
  readonly problems: readonly ProblemCode[];
  /** How it words an error; problem details where it does not say. */
  readonly error?: z.ZodType;
  readonly handle: (context: EdgeContext) => Response | Promise<Response>;
}

type Definition<P extends z.ZodObject, Q extends z.ZodObject> = Omit<
  Operation,
  'handle' | 'parameters' | 'query'
> & {
  readonly parameters: P;
  readonly query: Q;
  readonly handle: (
    context: EdgeContext,
    input: { readonly parameters: z.output<P>; readonly query: z.output<Q> },
  ) => Response | Promise<Response>;
};

/**
 * A route whose parameters are checked by the schemas that describe it. A path whose parameter is not
 * of its schema is no route; a query that is not is the sender's mistake.
 * @throws EdgeError NOT_FOUND or QUERY_INVALID, when it is asked
 */
export function operation<P extends z.ZodObject, Q extends z.ZodObject>(
  definition: Definition<P, Q>,
): Operation {
  return {
    ...definition,
    handle: (context) => {
      const parameters = definition.parameters.safeParse(context.req.param());
      if (!parameters.success) throw new EdgeError('NOT_FOUND', describe(parameters.error));
      const query = definition.query.safeParse(context.req.query());
      if (!query.success) throw new EdgeError('QUERY_INVALID', describe(query.error));
      return definition.handle(context, { parameters: parameters.data, query: query.data });
    },
  };
}

/** The first thing that is wrong, and where. */
export function describe(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.join('.') || 'body'}: ${issue?.message}.`;
}
