import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Cell, CellResult } from './cell.ts';

/** A measurement was not over in the time that it was given. */
export class TimeLimitError extends Error {}

/**
 * Measures a cell in a child process.
 * @param limitSeconds how long it may take
 * @throws TimeLimitError; Error with what failed there
 */
export function measureCell(
  cell: Cell,
  limitSeconds: number = Number.POSITIVE_INFINITY,
): Promise<CellResult> {
  return new Promise((resolve, reject) => {
    const child = fork(
      fileURLToPath(new URL('./cell.ts', import.meta.url)),
      [JSON.stringify(cell)],
      { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
    );
    const timer = Number.isFinite(limitSeconds)
      ? setTimeout(() => {
          reject(new TimeLimitError(`The measurement takes more than ${limitSeconds} s.`));
          child.kill('SIGKILL');
        }, limitSeconds * 1000)
      : undefined;
    child.on('message', (answer: CellResult | string) => {
      if (typeof answer === 'string') reject(new Error(answer));
      else resolve(answer);
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`The measuring process ended (${signal ?? `exit code ${code}`}).`));
    });
  });
}
