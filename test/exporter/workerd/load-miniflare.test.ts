import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../registry/temporary-registry.ts';

const CHILD = fileURLToPath(new URL('../registry/publish-child.ts', import.meta.url));
const canTie = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;

test.runIf(canTie)(
  'workerd ends with a process that is killed',
  async () => {
    const child = spawn(process.execPath, [CHILD, await temporaryFolder()], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let started: number[] = [];
    onTestFinished(() => {
      for (const pid of started.filter(runs)) process.kill(pid, 'SIGKILL');
    });
    await once(child.stdout, 'data');
    started = childrenOf(child.pid!);
    expect(started.map(nameOf)).toContain('workerd');
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await vi.waitFor(() => expect(started.filter(runs)).toEqual([]), 10_000);
  },
  60_000,
);

function childrenOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => statusOf(pid).includes(`\nPPid:\t${parent}\n`));
}

function nameOf(pid: number): string | undefined {
  return /^Name:\t(.*)$/m.exec(statusOf(pid))?.[1];
}

/** Whether it is neither gone nor dead and waited for. */
function runs(pid: number): boolean {
  return /^State:\t[^XZ]/m.test(statusOf(pid));
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
