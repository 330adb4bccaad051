import type { Preprocessing } from '../../../exporter/contract/manifest.ts';
import { PictureError } from '../../../exporter/contract/picture/picture-error.ts';
import { fitPicture } from '../../../exporter/contract/picture/preprocess.ts';
import { DataError } from '../data-error.ts';
import { readPictureFile } from '../picture-file.ts';
import type { PictureSet } from '../picture-set.ts';
import { type LabelledFile, shortened } from './labelled-files.ts';

/** What of a network decides how it sees pictures, and what it calls them. */
export interface FolderNetwork {
  readonly labelNames: readonly string[];
  readonly preprocessing: Preprocessing;
}

/** Bytes of pictures that may lie in memory. */
const MEMORY_BOUND = 2 ** 31;

/**
 * Reads pictures and fits each to the network as the edge would do it. One file is decoded at a time; what
 * is kept takes height x width x 3 bytes a picture, 2 GiB at most.
 * @param directory where they lie, for the errors
 * @param name of the set
 * @throws DataError DATA_MALFORMED, which names the pictures that cannot be read, or SELECTION_INVALID
 *   where there are too many
 */
export async function fittedPictures(
  directory: string,
  name: string,
  files: readonly LabelledFile[],
  { labelNames, preprocessing }: FolderNetwork,
): Promise<PictureSet> {
  const { height, width } = preprocessing;
  const size = height * width * 3;
  checkMemory(directory, files.length, size);
  const pixels = new Uint8Array(files.length * size);
  const bad: PictureError[] = [];
  for (const [index, { path }] of files.entries()) {
    try {
      pixels.set(fitPicture(await readPictureFile(path), preprocessing), index * size);
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      bad.push(error);
    }
  }
  if (bad.length > 0) throw badPictures(directory, bad);
  const labels = Uint16Array.from(files, ({ label }) => label);
  return { name, height, width, labelNames, count: files.length, pixels, labels };
}

function checkMemory(directory: string, count: number, size: number): void {
  const most = Math.floor(MEMORY_BOUND / size);
  if (count <= most) return;
  throw new DataError(
    'SELECTION_INVALID',
    `The ${count} pictures of ${directory} do not fit into memory at once at the network's size; put ${most} or fewer of them into a folder of their own.`,
  );
}

function badPictures(directory: string, errors: readonly PictureError[]): DataError {
  const messages = errors.map(({ message }) => message);
  return new DataError(
    'DATA_MALFORMED',
    `${errors.length} of the pictures in ${directory} cannot be used. Replace or remove them: ${shortened(messages, ' ')}`,
    { cause: errors[0] },
  );
}
