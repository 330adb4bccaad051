import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Measured } from './training-benchmark.ts';

/** What the peer's script calls what is measured here. */
const FIGURES: Readonly<Record<string, Measured>> = {
  train: 'train',
  editable_train: 'editable train',
  eval_forward: 'evaluation forward',
};

/**
 * Runs a script that prints one line of JSON for each figure, with `figure` and `images_per_s`.
 * @returns the best images/s of each figure
 * @throws Error when the interpreter or the script fails
 */
export async function measurePeer(
  python: string,
  script: string,
): Promise<Partial<Record<Measured, number>>> {
  const child = spawn(python, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint = String(chunk).trim().split('\n').at(-1) ?? '';
  });
  const ended = new Promise<number | Error>((resolve) => {
    child.on('error', resolve);
    child.on('close', (code) => resolve(code ?? 1));
  });
  const best: Partial<Record<Measured, number>> = {};
  for await (const line of createInterface(child.stdout)) {
    const parsed = parseFigure(line);
    const measured = parsed && FIGURES[parsed.figure];
    if (!measured) continue;
    best[measured] = Math.max(best[measured] ?? 0, parsed.imagesPerSecond);
  }
  const code = await ended;
  if (code instanceof Error) throw code;
  if (code !== 0) throw new Error(`The peer ${script} failed with exit code ${code}: ${complaint}`);
  return best;
}

function parseFigure(line: string): { figure: string; imagesPerSecond: number } | null {
  try {
    const { figure, images_per_s: imagesPerSecond } = JSON.parse(line);
    const valid = typeof figure === 'string' && typeof imagesPerSecond === 'number';
    return valid ? { figure, imagesPerSecond } : null;
  } catch {
    return null;
  }
}
