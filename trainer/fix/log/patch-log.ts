import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { type Weights, weightsDigest } from '../../network/weights.ts';
import { applyPatches, type Patch } from '../../patch/patch.ts';
import { loadPatch } from '../../patch/patch-file.ts';
import { FixError } from '../fix-error.ts';
import { type FixRecord, FixRecordSchema } from '../fix-record.ts';
import { type LogEntry, type LogState, LogStateSchema } from './log-state.ts';

/** The file of a log that changes. */
export const STATE = 'log.json';
const OBJECTS = 'objects';

/**
 * Fixes of one network, in order. Patches and records are files that never change, named by the patch;
 * one small file says which of them hold. Files are written aside, flushed and renamed, and the small one
 * last, so that whenever a process dies the log is that before or that after.
 */
export class PatchLog {
  readonly folder: string;
  readonly state: LogState | null;
  /** Patches that were read, by their ids. */
  #patches: Map<string, Patch>;

  private constructor(folder: string, state: LogState | null, patches: Map<string, Patch>) {
    this.folder = folder;
    this.state = state;
    this.#patches = patches;
  }

  /**
   * Reads a log as it is now; one that does not exist is empty.
   * @param earlier the log as it was before, of whose patches none is read again
   * @throws FixError LOG_DAMAGED
   */
  static async read(folder: string, earlier?: PatchLog): Promise<PatchLog> {
    const path = join(folder, STATE);
    const state = existsSync(path) ? await readJson(path, LogStateSchema) : null;
    return new PatchLog(folder, state, earlier ? earlier.#patches : new Map());
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

  /** The file of a fix's record. */
  recordFile(id: string): string {
    return join(this.folder, OBJECTS, `${id}.json`);
  }

  /** @throws PatchError PATCH_INVALID, CheckpointError */
  async patch(id: string): Promise<Patch> {
    const patch = this.#patches.get(id) ?? (await loadPatch(this.patchFile(id)));
    this.#patches.set(id, patch);
    return patch;
  }

  async patches(): Promise<Patch[]> {
    return Promise.all(this.entries.map(({ id }) => this.patch(id)));
  }

  /** @throws FixError LOG_DAMAGED */
  record(id: string): Promise<FixRecord> {
    return readJson(this.recordFile(id), FixRecordSchema);
  }

  async records(): Promise<FixRecord[]> {
    return Promise.all(this.entries.map(({ id }) => this.record(id)));
  }

  /**
   * A network with all fixes of the log.
   * @throws FixError BASE_CHANGED where the log has fixes of another network
   */
  async apply(base: Weights): Promise<Weights> {
    this.checkBase(base);
    return applyPatches(base, await this.patches());
  }

  /** @throws FixError BASE_CHANGED where the log has fixes of another network */
  checkBase(base: Weights): void {
    if (this.state === null || this.entries.length === 0) return;
    const digest = weightsDigest(base);
    if (this.state.base.weights === digest) return;
    throw new FixError(
      'BASE_CHANGED',
      `The log ${this.folder} is of weights ${this.state.base.weights.slice(0, 12)} (${this.state.base.checkpoint}), not ${digest.slice(0, 12)}; name that checkpoint, carry the fixes over with \`patchwork rebase\`, or choose another --log.`,
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
