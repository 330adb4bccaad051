import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { Request } from './command-host.ts';

/** The program behind `patchwork`. */
export const MAIN = join(import.meta.dirname, '../../../trainer/cli/main.ts');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let host: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();
afterAll(() => {
  host?.kill('SIGKILL');
  host = undefined;
});

/**
 * Runs `patchwork` with these arguments in a working directory, to its end. The commands of a test file
 * take turns in one process, which spares each the second and a half in which the program is loaded.
 */
export function patchwork(args: readonly string[], cwd: string): Promise<Finished> {
  const finished = last.then(async () => {
    host ??= fork(join(import.meta.dirname, 'command-host.ts'), { stdio: 'inherit' });
    const request: Request = { main: MAIN, args, cwd };
    host.send(request);
    return answerOf(host, request);
  });
  last = finished.catch(() => {});
  return finished;
}

function answerOf(asked: ChildProcess, { args }: Request): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null) =>
      reject(new Error(`patchwork ${args.join(' ')} ended its host with exit status ${code}.`));
    asked.once('exit', died);
    asked.once('message', (answer) => {
      asked.off('exit', died);
      resolve(answer as Finished);
    });
  });
}

/** Runs `patchwork` as a user does, in a process of its own. */
export function patchworkProcess(
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** An empty working directory that goes when the test file ends. */
export async function workingDirectory(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'patchwork-cli-'));
  folders.push(folder);
  return folder;
}

/** That a command did its work. @returns what it printed */
export function expectSuccess({ code, stdout, stderr }: Finished): string {
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return stdout;
}

/** That a command failed with one line for people, which says `what`, and no stack. */
export function expectRefusal({ code, stdout, stderr }: Finished, what: RegExp): void {
  const lines = stderr.split('\n').filter((line) => line !== '');
  // Work that was begun says so first, and a misspelt name gets a suggestion behind it.
  const faults = lines.filter((line) => !/^(Computing on |Training |\(Did you mean )/.test(line));
  expect(faults, stderr).toHaveLength(1);
  expect(faults[0]).toMatch(/^error/);
  expect(faults[0]).toMatch(what);
  expect(stdout).toBe('');
  expect(code).not.toBe(0);
}
