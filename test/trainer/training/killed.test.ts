import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadCheckpoint } from '../../../trainer/checkpoint/checkpoint.ts';
import { freshPath } from './small-run.ts';

/** Updates that are reported first, and milliseconds from then: while one is computed, written, renamed. */
const KILLS = [
  { updates: 1, delay: 0 },
  { updates: 2, delay: 11 },
  { updates: 3, delay: 30 },
];
const UPDATES = 60;

/**
 * Trains in a process of its own, which is killed `delay` ms after some updates, or left alone.
 * @returns the updates it reported
 */
async function trainUntilKilled(
  path: string,
  kill: { readonly updates: number; readonly delay: number } | null,
): Promise<number[]> {
  const script = join(import.meta.dirname, 'train-or-resume.ts');
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on('data', (text) => {
    output += text;
    if (kill === null || output.split('\n').length <= kill.updates) return;
    timer ??= setTimeout(() => child.kill('SIGKILL'), kill.delay);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  expect([code, child.signalCode]).toEqual(kill === null ? [0, null] : [null, 'SIGKILL']);
  return output.trim().split('\n').map(Number);
}

test('a training that is killed again and again loses an update at most, and ends as one that is not', {
  timeout: 180_000,
}, async () => {
  const path = await freshPath();
  let done = 0;
  for (const kill of KILLS) {
    const reported = await trainUntilKilled(path, kill);
    expect(reported[0]).toBe(done + 1);
    const last = reported.at(-1)!;
    if (!existsSync(path)) {
      expect(last).toBe(1);
      continue;
    }
    done = (await loadCheckpoint(path)).training.step;
    expect(done).toBeGreaterThanOrEqual(last - 1);
  }
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(UPDATES);
  await trainUntilKilled(path, null);

  const uninterrupted = await freshPath();
  expect(await trainUntilKilled(uninterrupted, null)).toEqual(
    Array.from({ length: UPDATES }, (_, index) => index + 1),
  );
  expect((await readFile(path)).equals(await readFile(uninterrupted))).toBe(true);
});
