import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** How a folder is removed: what a killed attempt started may still write there for a moment. */
export const REMOVE = { recursive: true, force: true, maxRetries: 10, retryDelay: 200 } as const;

/**
 * Makes the folder `target` once: `work` fills a folder aside, which is renamed when it is whole, so that a
 * killed attempt leaves nothing under the name, and the next one begins this step anew and no earlier one.
 */
export async function buildStep(
  target: string,
  work: (aside: string) => Promise<void>,
): Promise<void> {
  if (existsSync(target)) return;
  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  const unfinished = `${target.slice(parent.length + 1)}.unfinished-`;
  for (const name of await readdir(parent)) {
    if (name.startsWith(unfinished)) await rm(join(parent, name), REMOVE);
  }
  const aside = join(parent, unfinished + process.pid);
  await mkdir(aside);
  await work(aside);
  await rename(aside, target);
}
