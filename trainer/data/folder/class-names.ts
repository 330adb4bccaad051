import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../data-error.ts';

const CLASSES_FILE = 'classes.json';
const README_FILES = ['README.txt', 'README.md', 'README'];

/** What a folder's label is looked up by: its name as it stands, or a label's position. */
export type ClassName = string | number;

/**
 * What the folders of classes are called, by what lies beside them: `classes.json`, an object of labels
 * (names or positions) by folder, goes before the lines `<folder> <name>` of a README, as ImageNet-A has
 * it, and both before the folder's own name.
 * @throws DataError DATA_MALFORMED where classes.json is no such object, or DATA_INACCESSIBLE
 */
export async function classNamesOf(
  directory: string,
  folders: readonly string[],
): Promise<Map<string, readonly ClassName[]>> {
  const given = await readClassesFile(join(directory, CLASSES_FILE));
  const described = await readReadme(directory);
  return new Map(
    folders.map((folder) => {
      const stated = given.get(folder);
      if (stated !== undefined) return [folder, [stated]];
      const description = described.get(folder);
      return [folder, description === undefined ? [folder] : [folder, description]];
    }),
  );
}

async function readClassesFile(file: string): Promise<Map<string, ClassName>> {
  const text = await readIfPresent(file);
  if (text === null) return new Map();
  let classes: unknown;
  try {
    classes = JSON.parse(text);
  } catch (cause) {
    throw malformed(file, `is no JSON (${(cause as Error).message})`, { cause });
  }
  if (typeof classes !== 'object' || classes === null || Array.isArray(classes)) {
    throw malformed(file, 'is not an object');
  }
  const entries = Object.entries(classes);
  const wrong = entries.find(([, label]) => typeof label !== 'string' && typeof label !== 'number');
  if (wrong) throw malformed(file, `gives ${JSON.stringify(wrong[1])} for "${wrong[0]}"`);
  return new Map(entries as [string, ClassName][]);
}

async function readReadme(directory: string): Promise<Map<string, string>> {
  for (const name of README_FILES) {
    const text = await readIfPresent(join(directory, name));
    if (text === null) continue;
    const lines = text.split('\n').map((line) => /^\s*(\S+)\s+(.+?)\s*$/.exec(line));
    return new Map(lines.flatMap((line) => (line ? [[line[1]!, line[2]!] as const] : [])));
  }
  return new Map();
}

async function readIfPresent(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new DataError('DATA_INACCESSIBLE', `${file} cannot be read: ${message}.`, { cause });
  }
}

function malformed(file: string, what: string, options: ErrorOptions = {}): DataError {
  return new DataError(
    'DATA_MALFORMED',
    `${file} ${what}; it must be an object of labels by folder, such as {"n02123045": "cat"}.`,
    options,
  );
}
