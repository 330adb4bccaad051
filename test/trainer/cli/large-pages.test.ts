import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { MAIN } from './run-command.ts';

/** At its end a process says who it is, its arguments to Node, and its tunables. */
const TELL = `data:text/javascript,${encodeURIComponent(
  "process.on('exit',()=>console.error('told',JSON.stringify([process.pid,process.execArgv,process.env.GLIBC_TUNABLES??null])))",
)}`;
const EXEC_ARGV = ['--import', TELL, '--stack-trace-limit=7'];

/** What a command's process was, and the one that was started. */
async function processOf(args: readonly string[], tunables?: string) {
  const { GLIBC_TUNABLES: _, NODE_CHANNEL_FD: __, ...env } = process.env;
  const child = spawn(process.execPath, [...EXEC_ARGV, MAIN, ...args], {
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: tunables === undefined ? env : { ...env, GLIBC_TUNABLES: tunables },
  });
  let stderr = '';
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  const told = stderr.split('\n').filter((line) => line.startsWith('told '));
  return { code, started: child.pid, told: told.map((line) => JSON.parse(line.slice(5))) };
}

/** Whether a process can be started again with large pages here. */
function possible(): boolean {
  if (process.platform !== 'linux' || !process.execve) return false;
  try {
    const enabled = readFileSync('/sys/kernel/mm/transparent_hugepage/enabled', 'utf8');
    return enabled.includes('[madvise]');
  } catch {
    return false;
  }
}

test('a command that computes has large pages where it can, in the same process', async () => {
  const { code, started, told } = await processOf(['train', '--help']);
  expect(code).toBe(0);
  const tunables = possible() ? 'glibc.malloc.hugetlb=1' : null;
  expect(told).toEqual([[started, EXEC_ARGV, tunables]]);
});

test("a user's own tunables stay, and a command that computes nothing needs none", async () => {
  const own = 'glibc.malloc.hugetlb=0';
  expect((await processOf(['train', '--help'], own)).told[0]?.[2]).toBe(own);
  expect((await processOf(['list', '--help'])).told[0]?.[2]).toBe(null);
});
