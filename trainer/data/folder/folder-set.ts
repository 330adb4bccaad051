import type { Preprocessing } from '../../../exporter/contract/manifest.ts';
import { PictureError } from '../../../exporter/contract/picture/picture-error.ts';
import { fitPicture } from '../../../exporter/contract/picture/preprocess.ts';
import { DataError } from '../data-error.ts';
import { readPictureFile } from '../picture-file.ts';
import type { PictureSet } from '../picture-set.ts';
import { labelledFiles, shortened } from './labelled-files.ts';

/** What of a network decides how it sees pictures, and what it calls them. */
export interface FolderNetwork {
  readonly labelNames: readonly string[];
  readonly preprocessing: Preprocessing;
}

export interface FolderOptions {
  /** Whether folders of classes that the network does not know are refused, as usual, or skipped. */
  readonly unknownClasses?: 'refuse' | 'skip' | undefined;
}

export interface FolderSet {
  /** Labelled with the network's labels, in the order of the folders' names and of the files' in them. */
  readonly set: PictureSet;
  /** [N], the path of each picture. */
  readonly files: readonly string[];
  /** Paths of the files that were passed over: those of unknown classes, and other than pictures. */
  readonly skipped: readonly string[];
}

/** Bytes of pictures that may lie in memory. */
const MEMORY_BOUND = 2 ** 31;

/**
 * Reads `<directory>/<class>/*.png|jpg|jpeg|webp`, the layout of ImageNet-A among others (Hendrycks et al.
 * 2021, arXiv 1907.07174). A folder's class is looked up among the network's labels by its name, by what
 * `classes.json` says of it, or by its line in a README (see `classNamesOf` and `matchLabel`). Each picture
 * is fitted to the network as the edge would do it. One file is decoded at a time; what is kept takes
 * height x width x 3 bytes a picture, 2 GiB at most.
 * @throws DataError CLASS_UNKNOWN; DATA_MISSING where there is no picture; DATA_MALFORMED, which names
 * the pictures that cannot be read, or the classes.json; SELECTION_INVALID where there are too
 * many pictures; DATA_INACCESSIBLE
 */
export async function loadFolder(
  directory: string,
  { labelNames, preprocessing }: FolderNetwork,
  { unknownClasses = 'refuse' }: FolderOptions = {},
): Promise<FolderSet> {
  const { files, skipped } = await labelledFiles(directory, labelNames, unknownClasses);
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
  const set: PictureSet = {
    name: `folder:${directory}`,
    height,
    width,
    labelNames,
    count: files.length,
    pixels,
    labels: Uint16Array.from(files, ({ label }) => label),
  };
  return { set, files: files.map(({ path }) => path), skipped };
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
