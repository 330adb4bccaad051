import { type DataSet, dataSet } from '../data-set.ts';
import { fittedSet } from '../fitted-set.ts';
import type { PictureSet } from '../picture-set.ts';
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
  const name = set.name.replace('embedded', 'embedded-224');
  return { ...fittedSet(set, { height: SIDE, width: SIDE }), name };
}
