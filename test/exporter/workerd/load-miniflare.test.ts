import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../registry/temporary-registry.ts';
import { processesWith } from './running-processes.ts';

const CHILD = fileURLToPath(new URL('../registry/publish-child.ts', import.meta.url));
const canTie = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;

test.runIf(canTie)(
  'workerd ends with a process that is killed',
  async () => {
    const folder = await temporaryFolder();
    const marker = `TIED_TO=${folder}`;
    const child = spawn(process.execPath, [CHILD, folder], {
      // A group of its own, so that what a failure leaves can be ended.
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TIED_TO: folder },
    });
    onTestFinished(() => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // The group has ended, as it should.
      }
    });
    await once(child.stdout, 'data');
    expect(await processesWith(marker)).toContainEqual(expect.stringMatching(/workerd\S* serve/));
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await vi.waitFor(async () => expect(await processesWith(marker)).toEqual([]), 10_000);
  },
  60_000,
);
