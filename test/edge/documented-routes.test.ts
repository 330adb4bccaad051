import { expect, test } from 'vitest';
import documentation from '../../docs/edge.md?raw';
import { OPERATIONS } from '../../edge/route/operations.ts';

test('edge.md has a heading for every route, and for no other', () => {
  const headings = [...documentation.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
  const documented = headings.flatMap((heading) => heading?.match(/(GET|POST|PUT) [^`]+/g) ?? []);
  const routes = OPERATIONS.map(
    ({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
  );
  const pages = ['GET /', 'GET /openapi.json', 'GET /reference'];
  expect(documented.sort()).toEqual([...routes, ...pages].sort());
});
