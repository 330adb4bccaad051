import { readdir, readFile } from 'node:fs/promises';

/** Clock ticks a second in /proc, which Linux fixes for programs. */
const TICKS = 100;

/**
 * Processor time that the processes of a group have used, in ms. It says what work took on however busy a
 * machine, to 10 ms: measure many. NaN where there is no /proc.
 */
export async function processorTime(group: number): Promise<number> {
  const entries = await readdir('/proc').catch(() => []);
  const times = await Promise.all(entries.filter((name) => /^\d+$/.test(name)).map(ticksOf));
  const own = times.filter((process) => process?.group === group);
  if (own.length === 0) return Number.NaN;
  return own.reduce((sum, process) => sum + process!.ticks, 0) * (1000 / TICKS);
}

/** The fields of /proc/[pid]/stat behind the name, which may itself hold spaces. */
async function ticksOf(pid: string): Promise<{ group: number; ticks: number } | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields
    ? { group: Number(fields[2]), ticks: Number(fields[11]) + Number(fields[12]) }
    : null;
}
