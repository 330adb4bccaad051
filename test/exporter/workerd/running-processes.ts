import { readdir, readFile } from 'node:fs/promises';

/** The command lines of running processes whose environment holds `marker`: a process and all it started. */
export async function processesWith(marker: string): Promise<string[]> {
  const found: string[] = [];
  for (const id of await readdir('/proc')) {
    if (!/^\d+$/.test(id)) continue;
    // Processes end while they are looked at, and those that have ended show no environment.
    const read = (file: string) => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '');
    if (!(await read('environ')).includes(marker)) continue;
    found.push((await read('cmdline')).split('\0').join(' ').trim());
  }
  return found;
}
