import { fitPicture } from '../../../exporter/contract/picture/preprocess.ts';
import { type DataSet, dataSet } from '../data-set.ts';
import { type PictureSet, pictureAt } from '../picture-set.ts';
import { generateEmbedded } from './embedded.ts';

/** ImageNet's usual size. */
const SIDE = 224;

/**
 * Generates a small data set for networks of ImageNet's size: pictures of the embedded data set, fitted to
 * 224 x 224 as any picture is.
 */
export function generateEnlarged({
  trainCount = 1_000,
  testCount = 200,
  ...others
}: {
  seed?: number;
  trainCount?: number;
  testCount?: number;
} = {}): DataSet {
  const { train, test, preprocessing } = generateEmbedded({ ...others, trainCount, testCount });
  const { mean, std } = preprocessing;
  return dataSet('embedded-224', enlarged(train), enlarged(test), { mean, std });
}

function enlarged(set: PictureSet): PictureSet {
  const size = SIDE * SIDE * 3;
  const pixels = new Uint8Array(set.count * size);
  for (let index = 0; index < set.count; index++) {
    const fitted = fitPicture(pictureAt(set, index), { height: SIDE, width: SIDE });
    pixels.set(fitted, index * size);
  }
  const name = set.name.replace('embedded', 'embedded-224');
  return { ...set, name, height: SIDE, width: SIDE, pixels };
}
