import { readFileSync } from 'node:fs';

/** Has malloc ask for large pages (glibc manual, "Memory Allocation Tunables"). */
const TUNABLE = 'glibc.malloc.hugetlb=1';
/** What the kernel says where it gives large pages to those who ask, and to no others. */
const ON_REQUEST = '[madvise]';

/**
 * Starts this process again, as the same one, with memory in pages of 2 MB instead of 4 kB where Linux gives
 * them: graphs take and touch gigabytes once, and every page of it is a fault. glibc is told by the environment
 * and looks at it when a process starts. Returns where there is nothing to gain: the user has tunables of
 * their own, Node cannot (before 22.15), or the process would lose the channel to its parent.
 */
export function withLargePages(): void {
  const { platform, env, execPath, execArgv, argv } = process;
  if (platform !== 'linux' || env.GLIBC_TUNABLES !== undefined || process.send) return;
  if (!givesLargePages()) return;
  const args = [execPath, ...execArgv, ...argv.slice(1)];
  process.execve?.(execPath, args, { ...env, GLIBC_TUNABLES: TUNABLE });
}

function givesLargePages(): boolean {
  try {
    return readFileSync('/sys/kernel/mm/transparent_hugepage/enabled', 'utf8').includes(ON_REQUEST);
  } catch {
    return false;
  }
}
