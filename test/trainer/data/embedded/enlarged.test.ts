import { expect, test } from 'vitest';
import { fitPicture } from '../../../../exporter/contract/picture/preprocess.ts';
import { generateEmbedded } from '../../../../trainer/data/embedded/embedded.ts';
import { generateEnlarged } from '../../../../trainer/data/embedded/enlarged.ts';
import { pictureAt } from '../../../../trainer/data/picture-set.ts';

const counts = { trainCount: 3, testCount: 2 };

test('the enlarged pictures are the embedded ones, as the edge would fit them', () => {
  const { train, test: held, preprocessing } = generateEnlarged(counts);
  expect(preprocessing).toMatchObject({ height: 224, width: 224 });
  expect([train.count, held.count, train.height, held.width]).toEqual([3, 2, 224, 224]);
  const own = generateEmbedded(counts);
  expect(train.labels).toEqual(own.train.labels);
  const fitted = fitPicture(pictureAt(own.test, 1), { height: 224, width: 224 });
  expect(Buffer.compare(pictureAt(held, 1).pixels, fitted)).toBe(0);
});
