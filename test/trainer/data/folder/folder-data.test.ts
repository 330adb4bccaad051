import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DataSet } from '../../../../trainer/data/data-set.ts';
import { folderLabels, loadFolderData } from '../../../../trainer/data/folder/folder-data.ts';
import { writePng } from '../../../../trainer/data/picture-file.ts';
import { type PictureSet, pictureAt } from '../../../../trainer/data/picture-set.ts';
import { randomPicture } from '../../evaluation/random-picture.ts';

const network = {
  labelNames: ['dog', 'cat', 'ship'],
  preprocessing: {
    height: 6,
    width: 6,
    resize: 'bilinear-antialias',
    mean: [0.5, 0.5, 0.5] as [number, number, number],
    std: [0.2, 0.2, 0.2] as [number, number, number],
  },
} as const;

let root = '';
let folder = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'patchwork-folder-data-'));
  folder = join(root, 'photos');
});
afterEach(() => rm(root, { recursive: true }));

async function put(path: string, seed: number): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writePng(file, randomPicture(9, 7, seed));
}

async function putMany(of: string, count: number, seed: number): Promise<void> {
  for (let index = 0; index < count; index++) await put(`${of}/${index}.png`, seed + index);
}

const rows = (set: PictureSet): string[] =>
  Array.from({ length: set.count }, (_, index) =>
    [set.labels[index], ...pictureAt(set, index).pixels].join(),
  ).sort();

const parts = ({ train, test: held }: DataSet) => [rows(train), rows(held)];

describe('a folder as a data set', () => {
  test('holds a fifth of each class out, the same wherever it lies and however files are called', async () => {
    await putMany('cat', 10, 0);
    await putMany('dog', 3, 100);
    await putMany('ship', 1, 200);
    const data = await loadFolderData(folder, network);
    expect([...data.train.labels].sort()).toEqual([0, 0, ...new Array(8).fill(1), 2]);
    expect([...data.test.labels].sort()).toEqual([0, 1, 1]);
    const [train, held] = parts(data);
    expect(new Set([...train!, ...held!]).size).toBe(14);
    expect(data.preprocessing).toEqual(network.preprocessing);
    expect([data.name, data.train.name, data.test.name].join()).not.toContain(root);
    const moved = join(root, 'elsewhere');
    await cp(folder, moved, { recursive: true });
    expect((await loadFolderData(moved, network)).fingerprint()).toBe(data.fingerprint());
    await rename(join(moved, 'cat/0.png'), join(moved, 'cat/z.png'));
    expect(parts(await loadFolderData(moved, network))).toEqual([train, held]);
  });

  test('is split by its folders train and test where it has both', async () => {
    await putMany('train/cat', 2, 0);
    await putMany('train/dog', 1, 10);
    await putMany('test/dog', 3, 20);
    const { train, test: held } = await loadFolderData(folder, network);
    expect([...train.labels]).toEqual([1, 1, 0]);
    expect([...held.labels]).toEqual([0, 0, 0]);
  });

  test('is refused with a class that the network does not know, or nothing to hold out', async () => {
    await putMany('cat', 1, 0);
    await expect(loadFolderData(folder, network)).rejects.toMatchObject({
      code: 'SELECTION_INVALID',
    });
    await putMany('unicorn', 1, 0);
    await expect(loadFolderData(folder, network)).rejects.toMatchObject({ code: 'CLASS_UNKNOWN' });
    await expect(loadFolderData(join(root, 'none'), network)).rejects.toMatchObject({
      code: 'DATA_MISSING',
    });
  });
});

describe('the labels of a folder', () => {
  test("are its folders' names in their order, unless classes.json says others", async () => {
    await putMany('n02', 1, 0);
    await putMany('n01', 1, 1);
    expect(await folderLabels(folder)).toEqual(['n01', 'n02']);
    await writeFile(join(folder, 'classes.json'), '{"n02": "cat"}');
    expect(await folderLabels(folder)).toEqual(['n01', 'cat']);
    await writeFile(join(folder, 'classes.json'), '{"n02": 0}');
    await expect(folderLabels(folder)).rejects.toMatchObject({ code: 'DATA_MALFORMED' });
    await rm(join(folder, 'n02'), { recursive: true });
    await writeFile(join(folder, 'classes.json'), '{}');
    await expect(folderLabels(folder)).rejects.toMatchObject({ code: 'DATA_MISSING' });
  });
});
