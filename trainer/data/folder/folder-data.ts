import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../data-error.ts';
import { type DataSet, dataSet } from '../data-set.ts';
import { listClassFolders } from './class-folders.ts';
import { classNamesOf } from './class-names.ts';
import { type FolderNetwork, fittedPictures } from './fitted-pictures.ts';
import { type LabelledFile, labelledFiles } from './labelled-files.ts';
import { splitFiles } from './split-files.ts';

/**
 * A data set of a folder of pictures: of its folders `train` and `test` where it has both, each with a
 * folder for every class, else of its own folders of classes, a part of which is held out by `splitFiles`.
 * Its name is `folder`, wherever it lies; its fingerprint tells one from another.
 * @param network whose labels and input it gets; not every class needs pictures
 * @throws DataError as `loadFolder`; SELECTION_INVALID too where a part would be empty
 */
export async function loadFolderData(directory: string, network: FolderNetwork): Promise<DataSet> {
  const { train, test } = await partsOf(directory, network.labelNames);
  return dataSet(
    'folder',
    await fittedPictures(directory, 'folder-train', train, network),
    await fittedPictures(directory, 'folder-test', test, network),
    network.preprocessing,
  );
}

/**
 * What the classes of a folder are called, in the order of the folders' names, which is that of
 * torchvision's ImageFolder: as `classes.json` says, else as the folders. Where there are parts, those of
 * `train` count.
 * @throws DataError DATA_MISSING where there are fewer than two; DATA_MALFORMED where classes.json has
 *   positions in place of names; DATA_INACCESSIBLE
 */
export async function folderLabels(directory: string): Promise<string[]> {
  const root = (await hasParts(directory)) ? join(directory, 'train') : directory;
  const folders = (await listClassFolders(root)).map(({ name }) => name);
  const names = await classNamesOf(root, folders);
  const labels = folders.map((folder) => {
    const [label] = names.get(folder)!;
    if (typeof label === 'string') return label;
    throw new DataError(
      'DATA_MALFORMED',
      `${root}/classes.json gives ${label} for "${folder}", a position among labels that are not known; give the class's name.`,
    );
  });
  const distinct = [...new Set(labels)];
  if (distinct.length >= 2) return distinct;
  throw new DataError(
    'DATA_MISSING',
    `${root} holds folders of ${distinct.length} classes, and a network tells at least two apart; put the pictures into one folder a class, named by it.`,
  );
}

async function partsOf(
  directory: string,
  labelNames: readonly string[],
): Promise<{ train: readonly LabelledFile[]; test: readonly LabelledFile[] }> {
  const filesOf = async (folder: string) =>
    (await labelledFiles(folder, labelNames, 'refuse')).files;
  if (!(await hasParts(directory))) return splitFiles(directory, await filesOf(directory));
  return {
    train: await filesOf(join(directory, 'train')),
    test: await filesOf(join(directory, 'test')),
  };
}

async function hasParts(directory: string): Promise<boolean> {
  const isFolder = (part: string) =>
    stat(join(directory, part)).then(
      (entry) => entry.isDirectory(),
      () => false,
    );
  return (await isFolder('train')) && (await isFolder('test'));
}
