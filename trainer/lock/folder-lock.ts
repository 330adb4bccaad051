import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const LOCK = 'lock';
const POLL = 100;

/** Who holds a lock: the process, when it began where the system says so, and a token used once. */
interface Owner {
  readonly pid: number;
  readonly began: string | null;
  readonly token: string;
}

export interface LockOptions {
  /** How long to wait for another writer, in milliseconds. */
  readonly patience: number;
  /** Called once if there is another writer. */
  readonly onWait?: (pid: number) => void;
}

export interface FolderLock extends LockOptions {
  /** What is thrown where process `pid` holds the lock all the while. */
  readonly refusal: (pid: number) => Error;
}

/**
 * Runs `work` while no other process holds the lock of `folder`.
 *
 * A lock is a file that is linked into place whole. That of a process that has died is taken over by
 * linking a file named after its token: only one process can, ever. The owner is therefore the last of
 * the chain of such files that begins with the lock; it alone removes the lock, before the others, and
 * whoever takes over makes sure that the chain's beginning was still in place.
 * @throws what `refusal` makes when another writer holds it all the while
 */
export async function withLock<Result>(
  folder: string,
  { patience, onWait, refusal }: FolderLock,
  work: () => Promise<Result>,
): Promise<Result> {
  await mkdir(folder, { recursive: true });
  const me: Owner = {
    pid: process.pid,
    began: (await statusOf(process.pid))?.began ?? null,
    token: randomUUID(),
  };
  const own = ownFile(folder, me);
  await writeFile(own, JSON.stringify(me), { flag: 'wx', flush: true });
  try {
    const deadline = Date.now() + patience;
    let waited = false;
    for (;;) {
      const chain = await acquire(folder, own);
      if (Array.isArray(chain)) {
        try {
          return await work();
        } finally {
          for (const file of chain) await rm(file, { force: true });
        }
      }
      if (!waited) onWait?.(chain.pid);
      waited = true;
      if (Date.now() >= deadline) throw refusal(chain.pid);
      await delay(POLL);
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** @returns the files that make the caller the owner and those of owners that died, or who owns the lock instead */
async function acquire(folder: string, own: string): Promise<string[] | Owner> {
  const lock = join(folder, LOCK);
  for (;;) {
    if (await linked(own, lock)) return [lock];
    const first = await readOwner(lock);
    if (!first) continue;
    const chain = [lock];
    const left = [ownFile(folder, first)];
    let last = first;
    for (;;) {
      const next = await readOwner(successorOf(folder, last));
      if (!next) break;
      chain.push(successorOf(folder, last));
      left.push(ownFile(folder, next));
      last = next;
    }
    if (await isRunning(last)) return last;
    const successor = successorOf(folder, last);
    if (!(await linked(own, successor))) continue;
    if ((await readOwner(lock))?.token === first.token) return [...chain, successor, ...left];
    // The chain was released meanwhile, and this link belongs to nothing.
    await rm(successor, { force: true });
  }
}

function ownFile(folder: string, { token }: Owner): string {
  return join(folder, `${LOCK}.${token}`);
}

function successorOf(folder: string, { token }: Owner): string {
  return join(folder, `${LOCK}.after-${token}`);
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Of a file that a system's crash left unreadable: nobody, who runs no more. */
const NOBODY: Owner = { pid: 0, began: null, token: 'unreadable' };

async function readOwner(file: string): Promise<Owner | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return JSON.parse(text) as Owner;
  } catch {
    return NOBODY;
  }
}

async function isRunning({ pid, began }: Owner): Promise<boolean> {
  if (pid === NOBODY.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = await statusOf(pid);
  if (now === null) return true;
  // One that has ended keeps its number until its parent asks how; a container may have no parent that does.
  if (ENDED.has(now.state)) return false;
  // The number may have been given to another process since.
  return began === null || began === now.began;
}

/** Zombie and dead (proc(5), /proc/pid/stat). */
const ENDED: ReadonlySet<string> = new Set(['Z', 'X', 'x']);

/** Its state, and when it began, in ticks since the system did; null where the system does not say. */
async function statusOf(pid: number): Promise<{ state: string; began: string } | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // The name, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0]!, began: fields[19]! };
}
