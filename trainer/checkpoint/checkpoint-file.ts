import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CheckpointError } from './checkpoint-error.ts';

/** What follows the file's name in the name it is written under: the writer's process and a nonce. */
const ASIDE = /^(\d+)\.[0-9a-f-]{36}\.partial$/;

/** Files this process is writing at the moment. */
const inProgress = new Set<string>();

/**
 * Replaces the file at `path`, so that whenever the process or the machine dies, `path` holds either all
 * of the old bytes or all of the new: they are written beside it, flushed to the disk and renamed. What
 * killed processes left behind is removed. Missing folders are made.
 * @throws CheckpointError CHECKPOINT_UNWRITABLE; `path` is then as it was
 */
export async function writeCheckpointFile(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  const aside = join(folder, `.${basename(path)}.${process.pid}.${randomUUID()}.partial`);
  inProgress.add(aside);
  try {
    await mkdir(folder, { recursive: true });
    await removeLeftovers(path);
    await writeAndFlush(aside, bytes);
    await rename(aside, path);
    await flushFolder(folder);
  } catch (cause) {
    await rm(aside, { force: true }).catch(() => {});
    throw new CheckpointError(
      'CHECKPOINT_UNWRITABLE',
      `${path}: it could not be written (${(cause as Error).message}); free space or choose another folder.`,
      { cause },
    );
  } finally {
    inProgress.delete(aside);
  }
}

/** @throws CheckpointError CHECKPOINT_MISSING or CHECKPOINT_UNREADABLE */
export async function readCheckpointFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new CheckpointError(
        'CHECKPOINT_MISSING',
        `${path}: there is no such file; train first, or name a checkpoint.`,
        { cause },
      );
    }
    throw new CheckpointError(
      'CHECKPOINT_UNREADABLE',
      `${path}: it could not be read (${message}); name a checkpoint file that you may read.`,
      { cause },
    );
  }
}

async function writeAndFlush(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the rename itself survive a power cut. Windows opens no folders and orders renames itself. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = `.${basename(path)}.`;
  for (const name of await readdir(folder)) {
    const writer = name.startsWith(prefix) ? ASIDE.exec(name.slice(prefix.length)) : null;
    const leftover = join(folder, name);
    if (writer === null || inProgress.has(leftover)) continue;
    const pid = Number(writer[1]);
    if (pid === process.pid || !isAlive(pid)) await rm(leftover, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
