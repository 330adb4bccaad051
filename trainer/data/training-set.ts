import type { Architecture } from '../network/architecture.ts';
import type { DataSet } from './data-set.ts';
import { fittedData } from './fitted-set.ts';
import type { FolderNetwork } from './folder/fitted-pictures.ts';
import { loadDataSet } from './load.ts';
import { IMAGENET_CHANNELS, USUAL_SIDE } from './usual-preprocessing.ts';

/**
 * Loads what a network is to be trained on. Channels are scaled as for the network that the
 * training begins with or learns from, and pictures of one's own are labelled and fitted as for it too;
 * without one, the folders are the classes, the size is the usual one of the stem, and the channels are
 * scaled as for ImageNet.
 * @param data a data set's name, or a folder with a folder of pictures for each class
 * @param options.side height and width of the pictures instead, in pixels
 * @throws DataError
 */
export async function loadTrainingSet(
  data: string | { readonly folder: string },
  stem: Architecture['stem'],
  known: FolderNetwork | null,
  { dir, side }: { readonly dir: string; readonly side?: number | undefined },
): Promise<DataSet> {
  const size = side !== undefined && { height: side, width: side };
  if (typeof data === 'string') {
    const whole = await loadDataSet(data, { dir });
    const fitted = size ? fittedData(whole, size) : whole;
    if (!known) return fitted;
    const { mean, std } = known.preprocessing;
    return { ...fitted, preprocessing: { ...fitted.preprocessing, mean, std } };
  }
  const { folderLabels, loadFolderData } = await import('./folder/folder-data.ts');
  const usual = USUAL_SIDE[stem];
  const network = known ?? {
    labelNames: await folderLabels(data.folder),
    preprocessing: {
      height: usual,
      width: usual,
      resize: 'bilinear-antialias' as const,
      ...IMAGENET_CHANNELS,
    },
  };
  return loadFolderData(data.folder, {
    ...network,
    preprocessing: { ...network.preprocessing, ...size },
  });
}
