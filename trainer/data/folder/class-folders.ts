import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../data-error.ts';

/** A folder of one class. */
export interface ClassFolder {
  readonly name: string;
  /** Paths of the picture files, in the order of their names. */
  readonly pictures: readonly string[];
  /** Paths of what else lies there. */
  readonly others: readonly string[];
}

const PICTURE = /\.(png|jpe?g|webp)$/i;

/**
 * Lists the folders in `directory` with their files, in the order of their names; what begins with a dot
 * is passed over.
 * @throws DataError DATA_MISSING or DATA_INACCESSIBLE
 */
export async function listClassFolders(directory: string): Promise<ClassFolder[]> {
  const folders: ClassFolder[] = [];
  for (const name of await namesIn(directory)) {
    const path = join(directory, name);
    if (!(await isFolder(path))) continue;
    const paths = (await namesIn(path)).map((file) => join(path, file));
    const pictures = paths.filter((file) => PICTURE.test(file));
    const others = paths.filter((file) => !PICTURE.test(file));
    folders.push({ name, pictures, others });
  }
  return folders;
}

async function namesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((cause) => {
    throw unreadable(directory, cause);
  });
  return names.filter((name) => !name.startsWith('.')).sort();
}

async function isFolder(path: string): Promise<boolean> {
  const entry = await stat(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  return entry.isDirectory();
}

function unreadable(path: string, cause: NodeJS.ErrnoException): DataError {
  if (cause.code === 'ENOENT') {
    return new DataError(
      'DATA_MISSING',
      `There is no folder ${path}; name one that holds a folder of pictures for each class.`,
      { cause },
    );
  }
  return new DataError('DATA_INACCESSIBLE', `${path} cannot be read: ${cause.message}.`, { cause });
}
