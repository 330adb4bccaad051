/**
 * The binary version of CIFAR-10 (Krizhevsky 2009; https://www.cs.toronto.edu/~kriz/cifar.html): files of
 * records, each a label byte, then the red, green and blue plane of a picture, row by row.
 */
export const cifar10Layout = {
  folder: 'cifar-10-batches-bin',
  trainFiles: [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`),
  testFile: 'test_batch.bin',
  labelNamesFile: 'batches.meta.txt',
  recordsPerFile: 10_000,
  side: 32,
  recordBytes: 1 + 3 * 32 * 32,
  labelNames: [
    'airplane',
    'automobile',
    'bird',
    'cat',
    'deer',
    'dog',
    'frog',
    'horse',
    'ship',
    'truck',
  ],
} as const;

/** What to do when files are missing or broken; ends every such message. */
export const howToGetCifar10 =
  'Get the official files with: patchwork data cifar10, or point to the folder that holds them.';
