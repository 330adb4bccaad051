import { expect, test } from 'vitest';
import type { Preprocessing } from '../../../exporter/contract/manifest.ts';
import { fitPicture } from '../../../exporter/contract/picture/preprocess.ts';
import { randomView } from '../../../trainer/data/augmentation.ts';
import { loadDataOf, loadDataSet } from '../../../trainer/data/load.ts';
import { pictureAt } from '../../../trainer/data/picture-set.ts';
import { randomFor } from '../../../trainer/data/random.ts';
import { loadTrainingSet } from '../../../trainer/data/training-set.ts';
import { trainedOnDataSet } from '../../../trainer/import/trained-on.ts';

const whole = await loadDataSet('embedded');
const small = await loadTrainingSet('embedded', 'cifar', null, { dir: '', side: 12 });

test('a smaller side fits every picture as the edge would, and says so', () => {
  const { height, width, ...others } = small.preprocessing;
  expect({ height, width }).toEqual({ height: 12, width: 12 });
  expect(whole.preprocessing).toMatchObject(others);
  for (const part of ['train', 'test'] as const) {
    const [set, own] = [small[part], whole[part]];
    expect(set).toMatchObject({ height: 12, width: 12, count: own.count, labels: own.labels });
    const last = own.count - 1;
    const fitted = fitPicture(pictureAt(own, last), { height: 12, width: 12 });
    expect(pictureAt(set, last).pixels).toEqual(fitted);
  }
  expect(small.fingerprint()).not.toBe(whole.fingerprint());
});

test('what a network of that side is measured on has it too', async () => {
  const { labelNames } = small.train;
  const network = { name: 'embedded', labelNames, preprocessing: small.preprocessing };
  const data = await loadDataOf(network, {});
  expect(data.fingerprint()).toBe(small.fingerprint());
});

test('a network imported for that side was trained on those pictures', () => {
  const { fingerprint, preprocessing } = trainedOnDataSet(whole, { size: 12 });
  expect({ fingerprint, preprocessing }).toEqual({
    fingerprint: small.fingerprint(),
    preprocessing: small.preprocessing,
  });
});

test('a network with channel statistics of its own is measured and trained further with them', async () => {
  const channels = { mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] } satisfies Partial<Preprocessing>;
  const { labelNames } = whole.train;
  const preprocessing: Preprocessing = { ...whole.preprocessing, ...channels };
  const network = { name: 'embedded', labelNames, preprocessing };
  const measured = await loadDataOf(network, {});
  expect(measured.preprocessing).toEqual(preprocessing);
  expect(measured.fingerprint()).toBe(whole.fingerprint());
  const further = await loadTrainingSet('embedded', 'cifar', network, { dir: '' });
  expect(further.preprocessing).toEqual(preprocessing);
  const smaller = await loadTrainingSet('embedded', 'cifar', network, { dir: '', side: 12 });
  expect(smaller.preprocessing).toEqual({ ...small.preprocessing, ...channels });
});

test('views are shifted by an eighth of the side, and by four pixels at most', () => {
  const random = randomFor(1, 'views');
  const most = (side: number) => {
    const views = Array.from({ length: 500 }, () =>
      randomView(random, { height: side, width: side }),
    );
    return Math.max(...views.flatMap(({ top, left }) => [Math.abs(top), Math.abs(left)]));
  };
  expect([12, 16, 32, 224].map(most)).toEqual([2, 2, 4, 4]);
});
