import { DataError } from '../data-error.ts';
import { type ClassFolder, listClassFolders } from './class-folders.ts';
import { classNamesOf } from './class-names.ts';
import { matchLabel } from './match-label.ts';

export interface LabelledFile {
  readonly path: string;
  readonly label: number;
}

export interface LabelledFiles {
  readonly files: readonly LabelledFile[];
  /** Folders and files that hold no picture of a known class, named by their paths. */
  readonly skipped: readonly string[];
}

/** Folders named in a message. */
const NAMED = 10;

/**
 * The picture files of class-named folders with their labels, in the order of the folders' names and
 * of the files' in them.
 * @param unknown what to do with folders that are none of the labels
 * @throws DataError CLASS_UNKNOWN, DATA_MISSING, DATA_MALFORMED or DATA_INACCESSIBLE
 */
export async function labelledFiles(
  directory: string,
  labelNames: readonly string[],
  unknown: 'refuse' | 'skip',
): Promise<LabelledFiles> {
  const folders = await listClassFolders(directory);
  const names = await classNamesOf(
    directory,
    folders.map(({ name }) => name),
  );
  const files: LabelledFile[] = [];
  const skipped: string[] = [];
  const strangers: string[] = [];
  for (const { name, pictures, others } of folders) {
    const label = matchLabel(names.get(name)!, labelNames);
    if (label === null) {
      strangers.push(names.get(name)!.join(', '));
      skipped.push(...pictures, ...others);
    } else {
      files.push(...pictures.map((path) => ({ path, label })));
      skipped.push(...others);
    }
  }
  if (strangers.length > 0 && unknown === 'refuse') {
    throw new DataError(
      'CLASS_UNKNOWN',
      `${directory} has folders of no class that the network knows: ${shortened(strangers)}. Its classes are ${shortened(labelNames)}. Rename or remove the folders, or say which class each is in ${directory}/classes.json ({"folder": "class"}); evaluate passes over them with --skip-unknown.`,
    );
  }
  if (files.length === 0) throw nothingIn(directory, folders, labelNames);
  return { files, skipped };
}

function nothingIn(
  directory: string,
  folders: readonly ClassFolder[],
  labelNames: readonly string[],
): DataError {
  return new DataError(
    'DATA_MISSING',
    `None of the ${folders.length} folders in ${directory} holds a PNG, JPEG or WebP file of a class that the network knows; put the pictures into folders named by their class: ${shortened(labelNames)}.`,
  );
}

/** A list for a message. */
export function shortened(names: readonly string[], separator = '; '): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return names.slice(0, NAMED).join(separator) + more;
}
