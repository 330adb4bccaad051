import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { expectRefusal, expectSuccess, patchwork, workingDirectory } from './run-command.ts';

test('keys are made, listed and shown; the private half goes nowhere else', async () => {
  const cwd = await workingDirectory();
  vi.stubEnv('XDG_CONFIG_HOME', join(cwd, 'configuration'));
  const run = (...args: string[]) => patchwork(['keys', ...args], cwd);
  expect(expectSuccess(await run('list'))).toMatch(/^No keys in .*configuration/);
  const made = expectSuccess(await run('new', '--name', 'release'));
  const publicKey = /: ([0-9a-f]{64})\n$/.exec(made)![1]!;
  expect(expectSuccess(await run('show', 'release'))).toBe(`${publicKey}\n`);
  expect(expectSuccess(await run('list'))).toMatch(
    new RegExp(`^release [0-9a-f]{16} ${publicKey}\n$`),
  );
  expectRefusal(await run('new', '--name', 'release'), /KEY_TAKEN/);
  expectRefusal(await run('show', 'other'), /KEY_MISSING.*patchwork keys new/);
  await mkdir(join(cwd, '.git'));
  expectRefusal(await run('new', '--name', 'second'), /KEY_IN_REPOSITORY/);
  expect(await readdir(join(cwd, 'configuration/patchwork/keys'))).toEqual(['release.jwk']);
});
