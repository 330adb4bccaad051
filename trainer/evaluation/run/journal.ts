import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { EvaluationError } from './evaluation-error.ts';
import type { Shard } from './evaluation-plan.ts';
import { UnitRecordSchema } from './unit-record.ts';

const HeadSchema = z.strictObject({
  fingerprint: z.string(),
  shard: z.strictObject({ index: z.int(), count: z.int() }).nullable(),
});

const EntrySchema = z.strictObject({
  unit: z.int().min(0),
  record: UnitRecordSchema,
  editMilliseconds: z.array(z.number()),
});

/** A finished unit: what it found, and how long its edits took. */
export type JournalEntry = Readonly<z.output<typeof EntrySchema>>;

/** The units that are done, kept in a file of JSON lines so that a killed evaluation goes on behind them. */
export class Journal {
  /** What earlier processes did. */
  readonly entries: readonly JournalEntry[];
  readonly #path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle, entries: readonly JournalEntry[]) {
    this.#path = path;
    this.#file = file;
    this.entries = entries;
  }

  /**
   * Opens the journal at `path`, or begins it. A last line that was cut short is dropped.
   * @throws EvaluationError JOURNAL_MISMATCH where it is that of another evaluation
   */
  static async open(path: string, fingerprint: string, shard: Shard | null): Promise<Journal> {
    await mkdir(dirname(path), { recursive: true });
    const text = await readFile(path, 'utf8').catch(() => '');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const [head, ...lines] = whole.split('\n').slice(0, -1);
    if (head !== undefined && !isHead(head, fingerprint, shard)) throw mismatch(path);
    const entries = lines.map((line) => {
      const entry = EntrySchema.safeParse(parse(line));
      if (entry.success) return entry.data;
      throw mismatch(path);
    });
    const file = await open(path, 'a');
    await file.truncate(Buffer.byteLength(whole));
    if (head === undefined) await file.appendFile(`${JSON.stringify({ fingerprint, shard })}\n`);
    return new Journal(path, file, entries);
  }

  async append(entry: JournalEntry): Promise<void> {
    await this.#file.appendFile(`${JSON.stringify(entry)}\n`);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Takes the file away, once the result is written. */
  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

function isHead(line: string, fingerprint: string, shard: Shard | null): boolean {
  const head = HeadSchema.safeParse(parse(line));
  return (
    head.success &&
    head.data.fingerprint === fingerprint &&
    head.data.shard?.index === shard?.index &&
    head.data.shard?.count === shard?.count
  );
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function mismatch(path: string): EvaluationError {
  return new EvaluationError(
    'JOURNAL_MISMATCH',
    `${path}: an evaluation with another network, data set or options was interrupted here; run that one again, or remove this file.`,
  );
}
