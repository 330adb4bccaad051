import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { PROBLEMS } from '../../edge/route/problem-code.ts';
import { code, project, tableRows } from './documentation.ts';

test('edge.md lists every problem with its status', () => {
  const listed = tableRows('docs/edge.md', '## Problems').map(
    ([name, status]) => [code(name), Number(status)] as const,
  );
  const actual = Object.entries(PROBLEMS).map(([name, [status]]) => [name, status] as const);
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(actual));
});

test('edge.md has the variables of wrangler.toml with their values', () => {
  const listed = tableRows('docs/edge.md', '## Configuration').map(
    ([name, value]) => [code(name), code(value)] as const,
  );
  const { vars } = unstable_readConfig({ config: join(project, 'wrangler.toml') });
  expect(Object.fromEntries(listed)).toEqual(vars);
});
