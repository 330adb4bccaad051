import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadCifar10 } from '../../../../trainer/data/cifar10/cifar10.ts';
import { pictureAt } from '../../../../trainer/data/picture-set.ts';
import { patchFile, writeBlankFiles } from './blank-files.ts';

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'patchwork-cifar10-'));
  folder = join(parent, 'cifar-10-batches-bin');
  await writeBlankFiles(folder);
});

afterEach(() => rm(parent, { recursive: true }));

const load = (dir = parent) => loadCifar10(dir);

test('reads labels and planes of every file, from the folder or the one around it', async () => {
  const plane = (value: number) => Array.from({ length: 1024 }, (_, i) => (value + i) % 256);
  await patchFile(join(folder, 'data_batch_1.bin'), 0, [3, ...plane(1), ...plane(2), ...plane(3)]);
  await patchFile(join(folder, 'data_batch_2.bin'), 7 * 3073, [4]);
  await patchFile(join(folder, 'data_batch_5.bin'), 9999 * 3073, [9, 10]);
  await patchFile(join(folder, 'test_batch.bin'), 2 * 3073, [5, 20]);

  const { train, test, preprocessing } = await load();
  expect([train.count, test.count]).toEqual([50_000, 10_000]);
  expect(train.labelNames[3]).toBe('cat');
  expect([train.labels[0], train.labels[10_007], train.labels[49_999]]).toEqual([3, 4, 9]);
  expect([...train.labels].reduce((sum, label) => sum + label, 0)).toBe(3 + 4 + 9);
  const first = pictureAt(train, 0);
  expect([first.height, first.width]).toEqual([32, 32]);
  expect([...first.pixels.subarray(0, 6)]).toEqual([1, 2, 3, 2, 3, 4]);
  expect([...first.pixels.subarray(3069)]).toEqual([0, 1, 2]);
  expect([...pictureAt(train, 49_999).pixels.subarray(0, 3)]).toEqual([10, 0, 0]);
  expect([test.labels[2], pictureAt(test, 2).pixels[0]]).toEqual([5, 20]);
  expect(preprocessing).toEqual({
    height: 32,
    width: 32,
    resize: 'bilinear-antialias',
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.247, 0.2435, 0.2616],
  });

  expect((await load(folder)).train.labels).toEqual(train.labels);
});

test('takes the label names that lie beside the files', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
  await writeFile(join(folder, 'batches.meta.txt'), `${names.join('\r\n')}\n\n`);
  expect((await load()).train.labelNames).toEqual(names);
});

test.each(['a\nb\n', 'a\na\na\na\na\na\na\na\na\na\n', ''])(
  'refuses label names %j',
  async (text) => {
    await writeFile(join(folder, 'batches.meta.txt'), text);
    await expect(load()).rejects.toMatchObject({
      code: 'DATA_MALFORMED',
      message: expect.stringContaining(join(folder, 'batches.meta.txt')),
    });
  },
);

test.each([
  ['data_batch_3.bin', 30_729_999, ['byte 30729999', 'record 9999']],
  ['test_batch.bin', 0, ['byte 0', 'record 0']],
  ['data_batch_1.bin', 3073 * 12 + 5, ['byte 36881', 'record 12']],
  ['data_batch_5.bin', 30_730_001, ['1 bytes after']],
  ['test_batch.bin', 30_730_000 * 2, ['30730000 bytes after']],
])('refuses %s of %i bytes', async (name, length, where) => {
  await truncate(join(folder, name), length);
  const error = await load().catch((error: unknown) => error);
  expect(error).toMatchObject({ name: 'DataError', code: 'DATA_MALFORMED' });
  const expected = [join(folder, name), '30730000', 'patchwork data cifar10', ...where];
  for (const part of expected) expect((error as Error).message).toContain(part);
});

test('refuses a label that is out of range, and says where it is', async () => {
  await patchFile(join(folder, 'data_batch_4.bin'), 4321 * 3073, [10]);
  const error = await load().catch((error: unknown) => error);
  expect(error).toMatchObject({ code: 'DATA_MALFORMED' });
  for (const part of [join(folder, 'data_batch_4.bin'), 'record 4321', 'byte 13278433', '10']) {
    expect((error as Error).message).toContain(part);
  }
});

test.each(['data_batch_1.bin', 'data_batch_5.bin', 'test_batch.bin'])(
  'names the missing file %s',
  async (name) => {
    await rm(join(folder, name));
    await expect(load()).rejects.toMatchObject({
      code: 'DATA_MISSING',
      message: expect.stringContaining(`${join(folder, name)} is missing`),
    });
  },
);

test('refuses a folder in place of a file', async () => {
  await rm(join(folder, 'test_batch.bin'));
  await mkdir(join(folder, 'test_batch.bin'));
  await expect(load()).rejects.toMatchObject({
    name: 'DataError',
    message: expect.stringContaining(join(folder, 'test_batch.bin')),
  });
});

test('names a folder that is not there, or holds something else', async () => {
  await expect(load(join(parent, 'nowhere'))).rejects.toMatchObject({
    code: 'DATA_MISSING',
    message: expect.stringContaining(join(parent, 'nowhere')),
  });
  const other = join(parent, 'other');
  await mkdir(join(other, 'cifar-10-batches-py'), { recursive: true });
  await expect(load(other)).rejects.toMatchObject({
    code: 'DATA_MISSING',
    message: expect.stringContaining('cifar-10-batches-py'),
  });
  await expect(load(join(folder, 'data_batch_1.bin'))).rejects.toMatchObject({
    code: 'DATA_INACCESSIBLE',
    message: expect.stringContaining('data_batch_1.bin'),
  });
});
