import { expect, test } from 'vitest';
import documentation from '../../docs/edge.md?raw';
import { TestIsolate } from './isolate.ts';

test('edge.md has a heading for every route, and for no other', async () => {
  const answer = await new TestIsolate().fetch('/');
  const { routes } = (await answer.json()) as { routes: string[] };
  const headings = [...documentation.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
  const documented = headings.flatMap((heading) => heading?.match(/(GET|POST) [^`]+/g) ?? []);
  expect(documented.sort()).toEqual([...routes, 'GET /'].sort());
});
