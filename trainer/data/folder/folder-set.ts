import type { PictureSet } from '../picture-set.ts';
import { type FolderNetwork, fittedPictures } from './fitted-pictures.ts';
import { labelledFiles } from './labelled-files.ts';

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

/**
 * Reads `<directory>/<class>/*.png|jpg|jpeg|webp`, the layout of ImageNet-A among others (Hendrycks et al.
 * 2021, arXiv 1907.07174). A folder's class is looked up among the network's labels by its name, by what
 * `classes.json` says of it, or by its line in a README (see `classNamesOf` and `matchLabel`).
 * @throws DataError CLASS_UNKNOWN; DATA_MISSING where there is no picture; DATA_MALFORMED, which names
 * the pictures that cannot be read, or the classes.json; SELECTION_INVALID where there are too
 * many pictures; DATA_INACCESSIBLE
 */
export async function loadFolder(
  directory: string,
  network: FolderNetwork,
  { unknownClasses = 'refuse' }: FolderOptions = {},
): Promise<FolderSet> {
  const { files, skipped } = await labelledFiles(directory, network.labelNames, unknownClasses);
  const set = await fittedPictures(directory, `folder:${directory}`, files, network);
  return { set, files: files.map(({ path }) => path), skipped };
}
