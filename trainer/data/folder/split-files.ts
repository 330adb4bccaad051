import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DataError } from '../data-error.ts';
import type { LabelledFile } from './labelled-files.ts';

/** Of the pictures of each class. */
const TEST_SHARE = 1 / 5;

/**
 * Holds a fifth of each class out to test on, at least one picture where a class has two. Which ones
 * follows from the SHA-256 of the files alone, the lowest ones: every command, on every machine, holds the
 * same out, so that none rehearses or trains on what another measures by. Both parts keep the order given.
 * @throws DataError SELECTION_INVALID where no class has two pictures, or DATA_INACCESSIBLE
 */
export async function splitFiles(
  directory: string,
  files: readonly LabelledFile[],
): Promise<{ train: LabelledFile[]; test: LabelledFile[] }> {
  const digests = new Map<LabelledFile, string>();
  for (const file of files) digests.set(file, await digestOf(file));
  const test = new Set<LabelledFile>();
  for (const label of new Set(files.map((file) => file.label))) {
    const ordered = files
      .filter((file) => file.label === label)
      .sort((a, b) => (digests.get(a)! < digests.get(b)! ? -1 : 1));
    const least = ordered.length > 1 ? 1 : 0;
    const held = Math.max(least, Math.floor(ordered.length * TEST_SHARE));
    for (const file of ordered.slice(0, held)) test.add(file);
  }
  if (test.size > 0) {
    return {
      train: files.filter((file) => !test.has(file)),
      test: files.filter((file) => test.has(file)),
    };
  }
  throw new DataError(
    'SELECTION_INVALID',
    `No class in ${directory} has two pictures, so that none can be held out to test on; add pictures, or put them into ${directory}/train and ${directory}/test.`,
  );
}

async function digestOf({ path }: LabelledFile): Promise<string> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new DataError('DATA_INACCESSIBLE', `${path} cannot be read: ${cause.message}.`, {
      cause,
    });
  });
  return createHash('sha256').update(bytes).digest('hex');
}
