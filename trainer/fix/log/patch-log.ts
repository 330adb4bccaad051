import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { writeCheckpointFile } from '../../checkpoint/checkpoint-file.ts';
import { type LockOptions, withLock } from '../../lock/folder-lock.ts';
import { type Weights, weightsDigest } from '../../network/weights.ts';
import { applyPatches, type Patch } from '../../patch/patch.ts';
import { loadPatch, savePatch } from '../../patch/patch-file.ts';
import { FixError } from '../fix-error.ts';
import { type FixRecord, FixRecordSchema } from '../fix-record.ts';
import {
  type LogEntry,
  type LogState,
  LogStateSchema,
  type Removed,
  type Shipping,
} from './log-state.ts';

const STATE = 'log.json';
const OBJECTS = 'objects';

/** A fix as it goes into a log. */
export interface LoggedFix {
  readonly patch: Patch;
  readonly record: FixRecord;
}

/**
 * Fixes of one network, in order. Patches and records are files that never change, named by the patch;
 * one small file says which of them hold. Files are written aside, flushed and renamed, and the small one
 * last, so that whenever a process dies the log is that before or that after.
 */
export class PatchLog {
  readonly folder: string;
  readonly state: LogState | null;

  private constructor(folder: string, state: LogState | null) {
    this.folder = folder;
    this.state = state;
  }

  /**
   * Reads a log as it is now; one that does not exist is empty.
   * @throws FixError LOG_DAMAGED
   */
  static async read(folder: string): Promise<PatchLog> {
    const path = join(folder, STATE);
    if (!existsSync(path)) return new PatchLog(folder, null);
    return new PatchLog(folder, await readJson(path, LogStateSchema));
  }

  /** The patches that hold, in order. */
  get entries(): readonly LogEntry[] {
    return this.state?.entries ?? [];
  }

  /** @throws FixError ENTRY_UNKNOWN */
  entry(id: string): LogEntry {
    const found = this.entries.filter((entry) => entry.id.startsWith(id));
    if (found.length === 1) return found[0]!;
    throw new FixError(
      'ENTRY_UNKNOWN',
      `${found.length === 0 ? 'No' : 'More than one'} fix of the log begins with "${id}"; \`patchwork log\` lists them.`,
    );
  }

  /** The file of a patch, which other commands take. */
  patchFile(id: string): string {
    return join(this.folder, OBJECTS, `${id}.safetensors`);
  }

  /** @throws PatchError PATCH_INVALID, CheckpointError */
  patch(id: string): Promise<Patch> {
    return loadPatch(this.patchFile(id));
  }

  async patches(): Promise<Patch[]> {
    return Promise.all(this.entries.map(({ id }) => this.patch(id)));
  }

  /** @throws FixError LOG_DAMAGED */
  record(id: string): Promise<FixRecord> {
    return readJson(recordFile(this.folder, id), FixRecordSchema);
  }

  async records(): Promise<FixRecord[]> {
    return Promise.all(this.entries.map(({ id }) => this.record(id)));
  }

  /**
   * A network with all fixes of the log.
   * @throws FixError BASE_CHANGED where the log is that of another network
   */
  async apply(base: Weights): Promise<Weights> {
    this.checkBase(base);
    return applyPatches(base, await this.patches());
  }

  /** @throws FixError BASE_CHANGED where the log is that of another network */
  checkBase(base: Weights): void {
    const digest = weightsDigest(base);
    if (this.state === null || this.state.base.weights === digest) return;
    throw new FixError(
      'BASE_CHANGED',
      `The log ${this.folder} is of weights ${this.state.base.weights.slice(0, 12)} (${this.state.base.checkpoint}), not ${digest.slice(0, 12)}; name that checkpoint, carry the fixes over with \`patchwork rebase\`, or choose another --log.`,
    );
  }
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

  /** Adds a fix at the end; the first one makes the log. */
  async append(fix: LoggedFix, base: LogState['base']): Promise<void> {
    await this.#keep(fix);
    const state = this.#log.state ?? {
      schema: 'patchwork/log@1' as const,
      base,
      entries: [],
      removed: [],
    };
    const entry = { id: fix.patch.id, shipping: { state: 'none' as const } };
    await this.#write({ ...state, entries: [...state.entries, entry] });
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
      await writeCheckpointFile(recordFile(folder, patch.id), json(record));
    });
  }

  async #write(state: LogState): Promise<void> {
    const { folder } = this.#log;
    await guarded(folder, () => writeCheckpointFile(join(folder, STATE), json(state)));
    this.#log = await PatchLog.read(folder);
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

function recordFile(folder: string, id: string): string {
  return join(folder, OBJECTS, `${id}.json`);
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

async function readJson<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const damaged = (what: string, cause?: unknown) =>
    new FixError('LOG_DAMAGED', `${path}: ${what}; restore it from a backup.`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw damaged(`it could not be read (${(cause as Error).message})`, cause);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw damaged(`it breaks at ${issue.path.join('.')}: ${issue.message}`);
}
