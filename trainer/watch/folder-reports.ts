import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Outcome } from '../../exporter/contract/feedback.ts';
import { writeCheckpointFile } from '../checkpoint/checkpoint-file.ts';
import { listClassFolders } from '../data/folder/class-folders.ts';
import type { MistakeReport, ReportSource } from './report-source.ts';

/**
 * A folder of folders that are named by labels and hold pictures: each picture is a report. What became
 * of it is written beside it, as `<picture>.outcome.json`.
 */
export class FolderReports implements ReportSource {
  readonly description: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.description = folder;
  }

  /** @throws DataError DATA_MISSING, DATA_INACCESSIBLE */
  async open(): Promise<MistakeReport[]> {
    const folders = await listClassFolders(this.#folder);
    return folders.flatMap(({ name, pictures }) =>
      pictures
        .filter((path) => !existsSync(outcomeFile(path)))
        .map((path) => ({ id: relative(this.#folder, path), label: name })),
    );
  }

  picture({ id }: MistakeReport): Promise<Uint8Array | null> {
    return readFile(join(this.#folder, id)).catch(() => null);
  }

  async settle({ id }: MistakeReport, outcome: Outcome): Promise<void> {
    const bytes = new TextEncoder().encode(`${JSON.stringify(outcome, null, 1)}\n`);
    await writeCheckpointFile(outcomeFile(join(this.#folder, id)), bytes);
  }
}

function outcomeFile(picture: string): string {
  return `${picture}.outcome.json`;
}
