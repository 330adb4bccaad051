import { join } from 'node:path';
import { writeCheckpointFile } from '../../checkpoint/checkpoint-file.ts';
import { type LockOptions, withLock } from '../../lock/folder-lock.ts';
import type { Patch } from '../../patch/patch.ts';
import { savePatch } from '../../patch/patch-file.ts';
import { FixError } from '../fix-error.ts';
import type { FixRecord } from '../fix-record.ts';
import type { LogState, Removed, Shipping } from './log-state.ts';
import { PatchLog, STATE } from './patch-log.ts';

/** A fix as it goes into a log. */
export interface LoggedFix {
  readonly patch: Patch;
  readonly record: FixRecord;
}

/** A log that this process alone may change, for as long as `withLog` runs. */
export class LogWriter {
  #log: PatchLog;

  constructor(log: PatchLog) {
    this.#log = log;
  }

  get log(): PatchLog {
    return this.#log;
  }

  /** Adds a fix at the end; the first one makes the log that of its network. */
  async append(fix: LoggedFix, base: LogState['base']): Promise<void> {
    await this.#keep(fix);
    const { entries } = this.#log;
    const removed = this.#log.state?.removed ?? [];
    const of = entries.length > 0 ? this.#log.state!.base : base;
    const entry = { id: fix.patch.id, shipping: { state: 'none' as const } };
    const schema = 'patchwork/log@1' as const;
    await this.#write({ schema, base: of, entries: [...entries, entry], removed });
  }

  /** Puts other fixes in the place of those from position `from` on, at once. */
  async replace(
    from: number,
    fixes: readonly LoggedFix[],
    removed: readonly Removed[],
    base?: LogState['base'],
  ): Promise<void> {
    for (const fix of fixes) await this.#keep(fix);
    const state = this.#log.state!;
    const entries = fixes.map(({ patch }) => ({
      id: patch.id,
      shipping: { state: 'none' as const },
    }));
    await this.#write({
      ...state,
      base: base ?? state.base,
      entries: [...state.entries.slice(0, from), ...entries],
      removed: [...state.removed, ...removed],
    });
  }

  /** Notes where fixes stand with the edge, at once. */
  async setShipping(ids: readonly string[], shipping: Shipping): Promise<void> {
    if (ids.length === 0) return;
    const state = this.#log.state!;
    const entries = state.entries.map((entry) =>
      ids.includes(entry.id) ? { ...entry, shipping } : entry,
    );
    await this.#write({ ...state, entries });
  }

  async #keep({ patch, record }: LoggedFix): Promise<void> {
    const { folder } = this.#log;
    await guarded(folder, async () => {
      await savePatch(this.#log.patchFile(patch.id), patch);
      await writeCheckpointFile(this.#log.recordFile(patch.id), json(record));
    });
  }

  async #write(state: LogState): Promise<void> {
    const { folder } = this.#log;
    await guarded(folder, () => writeCheckpointFile(join(folder, STATE), json(state)));
    this.#log = await PatchLog.read(folder, this.#log);
  }
}

/**
 * Runs `work` with a log that no other process changes meanwhile.
 * @throws FixError LOG_LOCKED, LOG_DAMAGED, LOG_UNWRITABLE
 */
export function withLog<Result>(
  folder: string,
  lock: LockOptions,
  work: (writer: LogWriter) => Promise<Result>,
): Promise<Result> {
  const refusal = (pid: number) =>
    new FixError(
      'LOG_LOCKED',
      `Process ${pid} is writing to ${folder}. Wait until it has ended; nothing was changed.`,
    );
  return withLock(folder, { ...lock, refusal }, async () =>
    work(new LogWriter(await PatchLog.read(folder))),
  );
}

function json(value: object): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
}

async function guarded(folder: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw new FixError(
      'LOG_UNWRITABLE',
      `${folder}: the log could not be written (${(cause as Error).message}); it is as it was.`,
      { cause },
    );
  }
}
