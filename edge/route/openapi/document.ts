import { z } from 'zod';
import { ROLE_SECRETS } from '../../security/role.ts';
import type { Content, Operation } from '../operation.ts';
import { PROBLEMS, type ProblemCode } from '../problem-code.ts';
import { ProblemSchema } from '../problem-schema.ts';

const PROBLEM_TYPE = 'application/problem+json';
const SCHEMAS = '#/components/schemas/';

export type Json = Record<string, unknown>;

export interface DescribedOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly required: boolean;
    readonly description?: string;
    readonly schema: Json;
  }[];
  readonly security?: readonly Json[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly description: string;
    readonly content: Readonly<Record<string, Json>>;
  };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, Json>> }
    >
  >;
}

/** The part of OpenAPI 3.1 that is written here. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: Json;
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly schemas: Json; readonly securitySchemes: Json };
}

/** Describes operations by the schemas that check them: OpenAPI 3.1, JSON Schema 2020-12. */
export function openApiDocument(operations: readonly Operation[]): OpenApiDocument {
  const paths: Record<string, Record<string, DescribedOperation>> = {};
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: described(operation) };
  }
  const { schemas } = z.toJSONSchema(z.globalRegistry, { uri: (id) => `${SCHEMAS}${id}` });
  return {
    openapi: '3.1.1',
    info: {
      title: 'Patchwork',
      version: '0.1.0',
      summary: 'An image classifier whose mistakes are fixed while it serves',
    },
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]) => [name, withoutIdentity(schema as Json)]),
      ),
      securitySchemes: Object.fromEntries(
        Object.entries(ROLE_SECRETS).map(([role, secret]) => [
          role,
          { type: 'http', scheme: 'bearer', description: `The token that ${secret} holds` },
        ]),
      ),
    },
  };
}

function described(operation: Operation): DescribedOperation {
  const { method, path, group, summary, role, parameters, query, body, replies } = operation;
  const { headers = z.object({}) } = operation;
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[/:](\w)/g, (_, letter) => letter.toUpperCase())}`,
    tags: [group],
    summary,
    parameters: [
      ...parametersOf(parameters, 'path'),
      ...parametersOf(query, 'query'),
      ...parametersOf(headers, 'header'),
    ],
    ...(role === null ? {} : { security: [{ [role]: [] }] }),
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: true,
            description: body.description,
            content: contentOf(body.content, 'input'),
          },
        }),
    responses: {
      ...problemResponses(operation),
      ...Object.fromEntries(
        Object.entries(replies).map(([status, reply]) => [
          status,
          { description: reply.description, content: contentOf(reply.content, 'output') },
        ]),
      ),
    },
  };
}

function parametersOf(object: z.ZodObject, where: 'path' | 'query' | 'header') {
  const { properties = {}, required = [] } = inline(object, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: where,
    required: required.includes(name),
    ...(typeof description === 'string' ? { description } : {}),
    schema,
  }));
}

function problemResponses({ problems, role, body, error }: Operation) {
  const roles: ProblemCode[] = role === null ? [] : ['UNAUTHORIZED', 'ROLE_DISABLED'];
  const bodies: ProblemCode[] =
    body === null ? [] : ['BODY_EMPTY', 'BODY_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED'];
  const codes = [
    ...problems,
    ...bodies,
    ...roles,
    'TOO_MANY_REQUESTS',
    'STORAGE_FAILED',
    'INTERNAL',
  ] as const;
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set(codes)) {
    const [status] = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const content = error
    ? contentOf({ 'application/json': error }, 'output')
    : contentOf({ [PROBLEM_TYPE]: ProblemSchema }, 'output');
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => {
      const description = group.map((code) => `${code}: ${PROBLEMS[code][1]}`).join('; ');
      return [status, { description, content }];
    }),
  );
}

function contentOf(content: Readonly<Record<string, Content>>, io: 'input' | 'output') {
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [type, { schema: schemaOf(schema, io) }]),
  );
}

function schemaOf(schema: Content, io: 'input' | 'output'): Json {
  if (schema === 'bytes') return { type: 'string', format: 'binary' };
  if (schema === 'text') return { type: 'string' };
  const id = z.globalRegistry.get(schema)?.id;
  if (id !== undefined) return { $ref: `${SCHEMAS}${id}` };
  if (schema instanceof z.ZodUnion) {
    return { anyOf: schema.options.map((option) => schemaOf(option as z.ZodType, io)) };
  }
  return inline(schema, io);
}

function inline(schema: z.ZodType, io: 'input' | 'output'): Json {
  return withoutIdentity(z.toJSONSchema(schema, { io }) as Json);
}

function withoutIdentity({ $schema: _, $id: __, id: ___, ...schema }: Json): Json {
  return schema;
}
