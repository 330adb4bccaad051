import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InstallError } from './install-error.ts';

/**
 * Runs `work` while no other process installs into `folder`; a lock whose process has ended is taken over.
 * @throws InstallError INSTALL_RUNNING
 */
export async function withInstallLock<Result>(
  folder: string,
  work: () => Promise<Result>,
): Promise<Result> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'lock');
  const owner = lockOwner(file);
  if (owner !== null && !isRunning(owner)) rmSync(file, { force: true });
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new InstallError(
      'INSTALL_RUNNING',
      `Process ${lockOwner(file)} is changing the engine in ${folder}. Wait until it has ended, or remove ${file} if it has.`,
      { cause },
    );
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function lockOwner(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8')) || null;
  } catch {
    return null;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
