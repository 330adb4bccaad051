import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../registry/temporary-registry.ts';
import { processesWith } from './running-processes.ts';

/** Programs that have workerd started and run until they are killed. */
const CHILDREN = {
  'a registry': '../registry/publish-child.ts',
  'the edge of npm start': '../../trainer/demo/edge-child.ts',
};
const canTie = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;

test.runIf(canTie).each(Object.entries(CHILDREN))(
  'workerd of %s ends with the process that is killed',
  async (_, path) => {
    const script = fileURLToPath(new URL(path, import.meta.url));
    const folder = await temporaryFolder();
    const marker = `TIED_TO=${folder}`;
    const child = spawn(process.execPath, [script, folder], {
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
  120_000,
);
