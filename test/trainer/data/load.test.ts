import { expect, test } from 'vitest';
import { generateEmbedded } from '../../../trainer/data/embedded/embedded.ts';
import { loadDataSet } from '../../../trainer/data/load.ts';
import { subset } from '../../../trainer/data/picture-set.ts';

const firstTen = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

test('loads the embedded set: ten named classes, as many pictures of each', async () => {
  const { name, train, test: held, preprocessing } = await loadDataSet('embedded');
  expect(name).toBe('embedded');
  expect([train.count, held.count]).toEqual([10_000, 2_000]);
  for (const set of [train, held]) {
    expect([set.height, set.width]).toEqual([32, 32]);
    expect(set.pixels).toHaveLength(set.count * 3072);
    expect(new Set(set.labelNames).size).toBe(10);
    const counts = new Array<number>(10).fill(0);
    for (const label of set.labels) counts[label]! += 1;
    expect(counts).toEqual(new Array(10).fill(set.count / 10));
  }
  const count = train.pixels.length / 3;
  for (let channel = 0; channel < 3; channel++) {
    let [sum, squares] = [0, 0];
    for (let index = channel; index < train.pixels.length; index += 3) {
      sum += train.pixels[index]!;
      squares += train.pixels[index]! ** 2;
    }
    const mean = sum / count;
    expect(preprocessing.mean[channel]).toBeCloseTo(mean / 255, 2);
    expect(preprocessing.std[channel]).toBeCloseTo(Math.sqrt(squares / count - mean ** 2) / 255, 2);
  }
  const usual = generateEmbedded({ trainCount: 10, testCount: 10 });
  expect(subset(train, firstTen)).toEqual(usual.train);
});

test('loads the embedded set of the seed asked for', async () => {
  const { train, test: held } = await loadDataSet('embedded', { seed: 9 });
  const ninth = generateEmbedded({ seed: 9, trainCount: 10, testCount: 10 });
  expect(subset(train, firstTen)).toEqual(ninth.train);
  expect(subset(held, firstTen)).toEqual(ninth.test);
});

test('asks for the folder of CIFAR-10', async () => {
  await expect(loadDataSet('cifar10')).rejects.toMatchObject({
    code: 'DATA_MISSING',
    message: expect.stringMatching(/folder.*patchwork data cifar10/),
  });
});

test('names the data sets there are', async () => {
  await expect(loadDataSet('cifar100')).rejects.toMatchObject({
    name: 'DataError',
    code: 'DATA_SET_UNKNOWN',
    message: expect.stringMatching(/"cifar100".*cifar10, embedded/),
  });
});
