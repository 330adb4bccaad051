import { DataError } from './data-error.ts';
import type { DataSet } from './data-set.ts';
import { fittedData } from './fitted-set.ts';
import type { FolderNetwork } from './folder/fitted-pictures.ts';

export const dataSetNames = ['cifar10', 'embedded', 'embedded-224'] as const;
export type DataSetName = (typeof dataSetNames)[number];

export function isDataSetName(name: string): name is DataSetName {
  return dataSetNames.some((known) => known === name);
}

/**
 * Loads a data set by name.
 * @param options.dir where the files lie; `cifar10` needs it
 * @param options.seed which pictures are drawn, of the embedded ones; the usual ones without it
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
    case 'embedded-224': {
      const { generateEnlarged } = await import('./embedded/enlarged.ts');
      return generateEnlarged(seed === undefined ? {} : { seed });
    }
    default:
      throw new DataError(
        'DATA_SET_UNKNOWN',
        `There is no data set "${name}" to load by its name: choose one of ${dataSetNames.join(', ')}, or give a folder of pictures by --data folder:PATH.`,
      );
  }
}

/**
 * Loads the pictures that a network is measured on and rehearses, to be prepared as the network takes them.
 * @param network what it was trained on
 * @param options.folder where pictures of one's own lie (see `loadFolderData`); without it, they are those
 *   of the data set that the network was trained on, at the network's size
 * @throws DataError
 */
export async function loadDataOf(
  network: FolderNetwork & { readonly name: string },
  { folder, dir }: { folder?: string | undefined; dir?: string | undefined },
): Promise<DataSet> {
  if (folder === undefined) {
    const { preprocessing } = network;
    return {
      ...fittedData(await loadDataSet(network.name, { dir }), preprocessing),
      preprocessing,
    };
  }
  const { loadFolderData } = await import('./folder/folder-data.ts');
  return loadFolderData(folder, network);
}
