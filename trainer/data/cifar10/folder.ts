import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../data-error.ts';
import { cifar10Layout, howToGetCifar10 } from './layout.ts';
import { checkRecordFile } from './record-file.ts';

const { folder, trainFiles, testFile, labelNamesFile, labelNames } = cifar10Layout;
const recordFiles = [...trainFiles, testFile];

/**
 * Finds the folder of the six files: `directory` itself, or `cifar-10-batches-bin` in it.
 * @throws DataError DATA_MISSING or DATA_INACCESSIBLE
 */
export async function findCifar10Folder(directory: string): Promise<string> {
  const names = await namesIn(directory);
  if (recordFiles.some((name) => names.includes(name))) return directory;
  if (names.includes(folder)) return join(directory, folder);
  const mistaken = names.find((name) =>
    /^(cifar-10-batches-(py|mat)|data_batch_1(\.mat)?)$/.test(name),
  );
  throw new DataError(
    'DATA_MISSING',
    mistaken === undefined
      ? `${directory} holds neither ${trainFiles[0]} nor a folder ${folder}. ${howToGetCifar10}`
      : `${directory} holds ${mistaken}, another version of CIFAR-10; the binary version (${folder}) is needed. ${howToGetCifar10}`,
  );
}

/**
 * Checks that the six files are there with their exact lengths, without reading them.
 * @throws DataError DATA_MISSING, DATA_INACCESSIBLE or DATA_MALFORMED
 */
export async function checkCifar10Folder(path: string): Promise<void> {
  for (const name of recordFiles) await checkRecordFile(join(path, name));
}

/**
 * The label names that lie beside the files, or the official ones where none do.
 * @throws DataError DATA_MALFORMED or DATA_INACCESSIBLE
 */
export async function readLabelNames(path: string): Promise<readonly string[]> {
  const file = join(path, labelNamesFile);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return labelNames;
    throw new DataError('DATA_INACCESSIBLE', `${file} cannot be read: ${message}.`, { cause });
  }
  const names = text.split('\n').map((line) => line.trim());
  const given = names.filter((name) => name !== '');
  if (given.length === labelNames.length && new Set(given).size === given.length) return given;
  throw new DataError(
    'DATA_MALFORMED',
    `${file} must name ${labelNames.length} different labels, one a line; it names ${new Set(given).size}. Correct it, or remove it to use the official names.`,
  );
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new DataError('DATA_MISSING', `There is no folder ${directory}. ${howToGetCifar10}`, {
        cause,
      });
    }
    throw new DataError('DATA_INACCESSIBLE', `${directory} cannot be read: ${message}.`, { cause });
  }
}
