import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Cell, CellResult } from './cell.ts';

/** Measures a cell in a child process. @throws Error with what failed there */
export function measureCell(cell: Cell): Promise<CellResult> {
  return new Promise((resolve, reject) => {
    const child = fork(
      fileURLToPath(new URL('./cell.ts', import.meta.url)),
      [JSON.stringify(cell)],
      { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
    );
    child.on('message', (answer: CellResult | string) => {
      if (typeof answer === 'string') reject(new Error(answer));
      else resolve(answer);
    });
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      reject(new Error(`The measuring process ended (${signal ?? `exit code ${code}`}).`)),
    );
  });
}
