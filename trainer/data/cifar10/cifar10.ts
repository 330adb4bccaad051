import { join } from 'node:path';
import { type DataSet, dataSet } from '../data-set.ts';
import type { PictureSet } from '../picture-set.ts';
import { checkCifar10Folder, findCifar10Folder, readLabelNames } from './folder.ts';
import { cifar10Layout } from './layout.ts';
import { readRecordFile } from './record-file.ts';

const { trainFiles, testFile, recordsPerFile, side } = cifar10Layout;

/** Mean and standard deviation of the training pixels, as is usual for CIFAR-10. */
const channels = {
  mean: [0.4914, 0.4822, 0.4465] as [number, number, number],
  std: [0.247, 0.2435, 0.2616] as [number, number, number],
};

/**
 * Loads CIFAR-10 from the official binary files: 50,000 training and 10,000 test pictures, 32 x 32.
 * @param directory the folder of the files, or the one that holds `cifar-10-batches-bin`
 * @throws DataError DATA_MISSING, DATA_INACCESSIBLE or DATA_MALFORMED, naming the file and where it is wrong
 */
export async function loadCifar10(directory: string): Promise<DataSet> {
  const folder = await findCifar10Folder(directory);
  await checkCifar10Folder(folder);
  const labelNames = await readLabelNames(folder);
  const train = await readPart('cifar10-train', folder, trainFiles, labelNames);
  const test = await readPart('cifar10-test', folder, [testFile], labelNames);
  return dataSet('cifar10', train, test, channels);
}

async function readPart(
  name: string,
  folder: string,
  files: readonly string[],
  labelNames: readonly string[],
): Promise<PictureSet> {
  const count = files.length * recordsPerFile;
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * side * side * 3);
  for (const [index, file] of files.entries()) {
    const first = index * recordsPerFile;
    await readRecordFile(
      join(folder, file),
      labels.subarray(first),
      pixels.subarray(first * side * side * 3),
    );
  }
  return { name, height: side, width: side, labelNames, count, labels, pixels };
}
