import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';

interface Answers {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

/** What an edge says of itself in /openapi.json, to hold its answers against. */
export class Description {
  readonly #paths: Readonly<Record<string, Readonly<Record<string, Answers>>>>;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #succeeded = new Set<string>();

  private constructor(document: { paths: Record<string, Record<string, Answers>> }) {
    this.#paths = document.paths;
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(document, 'openapi');
  }

  /** Reads it, and checks that it is OpenAPI by OpenAPI's own schema. */
  static async of(address: string): Promise<Description> {
    const answer = await fetch(`${address}/openapi.json`);
    const document = (await answer.json()) as { paths: Record<string, Record<string, Answers>> };
    expect(await new Validator().validate(document)).toEqual({ valid: true });
    return new Description(document);
  }

  get operations(): string[] {
    return Object.entries(this.#paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
  }

  /** The operations that have answered with success. */
  get succeeded(): string[] {
    return [...this.#succeeded];
  }

  /** Checks that an answer has a status, a media type and a body that are described. */
  async expectDescribed(method: string, path: string, response: Response): Promise<void> {
    const operation = `${method} ${path}`;
    const described = this.#paths[path]?.[method.toLowerCase()];
    expect(described, operation).toBeDefined();
    const answer = described!.responses[response.status];
    expect(answer, `${operation} answered ${response.status}`).toBeDefined();
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    expect(Object.keys(answer?.content ?? {}), operation).toContain(type);
    if (response.ok) this.#succeeded.add(operation);
    if (!/json$/.test(type)) {
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
      return;
    }
    const pointer = [
      'paths',
      path,
      method.toLowerCase(),
      'responses',
      response.status,
      'content',
      type,
    ];
    const escaped = pointer.map((part) =>
      encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1')),
    );
    const validate = this.#ajv.compile({ $ref: `openapi#/${escaped.join('/')}/schema` });
    const body = await response.json();
    expect(validate(body), `${operation}: ${JSON.stringify(validate.errors)}`).toBe(true);
  }
}
