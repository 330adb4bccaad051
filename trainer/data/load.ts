import { DataError } from './data-error.ts';
import type { DataSet } from './data-set.ts';
import type { FolderNetwork, FolderOptions } from './folder/folder-set.ts';
import type { PictureSet } from './picture-set.ts';

export const dataSetNames = ['cifar10', 'embedded'] as const;
export type DataSetName = (typeof dataSetNames)[number];

/**
 * Loads a data set by name.
 * @param options.dir where the files lie; `cifar10` needs it
 * @param options.seed which pictures `embedded` draws; the usual ones without it
 * @throws DataError DATA_SET_UNKNOWN, DATA_MISSING, DATA_INACCESSIBLE or DATA_MALFORMED
 */
export async function loadDataSet(
  name: string,
  { dir, seed }: { dir?: string | undefined; seed?: number | undefined } = {},
): Promise<DataSet> {
  switch (name as DataSetName) {
    case 'cifar10': {
      const { loadCifar10 } = await import('./cifar10/cifar10.ts');
      if (dir !== undefined) return loadCifar10(dir);
      throw new DataError(
        'DATA_MISSING',
        'CIFAR-10 is read from files: give their folder. To get them: patchwork data cifar10.',
      );
    }
    case 'embedded': {
      const { generateEmbedded } = await import('./embedded/embedded.ts');
      return generateEmbedded(seed === undefined ? {} : { seed });
    }
    default:
      throw new DataError(
        'DATA_SET_UNKNOWN',
        `There is no data set "${name}"; choose one of ${dataSetNames.join(', ')}.`,
      );
  }
}

/** What the name of a folder of pictures begins with; its path follows. */
const FOLDER = 'folder:';

export interface TestPictures {
  /** Under the network's labels. */
  readonly set: PictureSet;
  /** Paths of the files of a folder that were passed over. */
  readonly skipped: readonly string[];
}

/**
 * Loads pictures to test a network on: the test part of a data set, or by `folder:PATH` the pictures in
 * class-named folders (see `loadFolder`).
 * @param options.dir as for `loadDataSet`; the others as for `loadFolder`
 * @throws DataError as `loadDataSet` and `loadFolder` do
 */
export async function loadTestPictures(
  name: string,
  network: FolderNetwork,
  options: FolderOptions & { dir?: string | undefined } = {},
): Promise<TestPictures> {
  if (!name.startsWith(FOLDER)) {
    return { set: (await loadDataSet(name, { dir: options.dir })).test, skipped: [] };
  }
  const { loadFolder } = await import('./folder/folder-set.ts');
  return loadFolder(name.slice(FOLDER.length), network, options);
}
