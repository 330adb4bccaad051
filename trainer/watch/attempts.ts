import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeCheckpointFile } from '../checkpoint/checkpoint-file.ts';

const AttemptsSchema = z.record(z.string(), z.int().min(1));

/**
 * How often each report was begun without being settled, in a file that survives the process: a report
 * that kills it counts as well.
 */
export class Attempts {
  readonly #file: string;
  readonly #counts: Map<string, number>;

  private constructor(file: string, counts: Map<string, number>) {
    this.#file = file;
    this.#counts = counts;
  }

  /** Counts that cannot be read begin anew: they only say when to give up. */
  static async read(file: string): Promise<Attempts> {
    if (!existsSync(file)) return new Attempts(file, new Map());
    const text = await readFile(file, 'utf8');
    const counts = AttemptsSchema.catch({}).parse(parsed(text));
    return new Attempts(file, new Map(Object.entries(counts)));
  }

  /** @returns how often it was begun, this time among them */
  async begin(id: string): Promise<number> {
    const count = (this.#counts.get(id) ?? 0) + 1;
    this.#counts.set(id, count);
    await this.#write();
    return count;
  }

  /** Takes the last beginning back: what failed had nothing to do with the report. */
  async forgive(id: string): Promise<void> {
    const count = this.#counts.get(id) ?? 0;
    if (count <= 1) return this.end(id);
    this.#counts.set(id, count - 1);
    await this.#write();
  }

  async end(id: string): Promise<void> {
    if (this.#counts.delete(id)) await this.#write();
  }

  #write(): Promise<void> {
    const text = `${JSON.stringify(Object.fromEntries(this.#counts), null, 1)}\n`;
    return writeCheckpointFile(this.#file, new TextEncoder().encode(text));
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
