import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fitPicture } from '../../../../exporter/contract/picture/preprocess.ts';
import type { RgbPicture } from '../../../../exporter/contract/picture/rgb-picture.ts';
import { loadFolder } from '../../../../trainer/data/folder/folder-set.ts';
import { readPictureFile, writePng } from '../../../../trainer/data/picture-file.ts';
import { pictureAt } from '../../../../trainer/data/picture-set.ts';
import { encodeJpeg, encodeWebp, gradient } from '../../../exporter/contract/picture/codecs.ts';
import { randomPicture } from '../../evaluation/random-picture.ts';

const network = {
  labelNames: ['great white shark', 'crane', 'crane', 'cat', 'Cat'],
  preprocessing: {
    height: 6,
    width: 8,
    resize: 'bilinear-antialias',
    mean: [0.5, 0.5, 0.5] as [number, number, number],
    std: [0.2, 0.2, 0.2] as [number, number, number],
  },
} as const;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(path: string, content: RgbPicture | Uint8Array | string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  if (typeof content !== 'string' && 'pixels' in content) await writePng(file, content);
  else await writeFile(file, content);
  return file;
}

const shark = 'great white shark';

describe('a folder of class-named pictures', () => {
  test('is labelled by the network and fitted as the edge does it', async () => {
    const paths = [
      await put('cat/a.PNG', randomPicture(20, 13, 1)),
      await put('cat/b.jpeg', await encodeJpeg(gradient(9, 31))),
      await put(`${shark}/c.webp`, await encodeWebp(gradient(40, 40), { lossless: 1 })),
      await put(`${shark}/d.jpg`, await encodeJpeg(gradient(8, 6))),
    ];
    const { set, files, skipped } = await loadFolder(folder, network);
    expect(files).toEqual(paths);
    expect(skipped).toEqual([]);
    expect(set).toMatchObject({ count: 4, height: 6, width: 8, labelNames: network.labelNames });
    expect([...set.labels]).toEqual([3, 3, 0, 0]);
    for (const [index, path] of paths.entries()) {
      const expected = fitPicture(await readPictureFile(path), network.preprocessing);
      expect(pictureAt(set, index).pixels).toEqual(expected);
    }
  });

  test('finds classes by name, by README and by classes.json', async () => {
    await put('n01484850/1.png', randomPicture(3, 3, 1));
    await put('Great_White-SHARK/1.png', randomPicture(3, 3, 2));
    await put('Cat/1.png', randomPicture(3, 3, 3));
    await put('bird/1.png', randomPicture(3, 3, 4));
    await put('machine/1.png', randomPicture(3, 3, 5));
    await put('README.txt', 'Pictures of things.\n\nn01484850 great white shark\nCat cat\n');
    await put('classes.json', JSON.stringify({ bird: 1, machine: 2 }));
    const { set, files } = await loadFolder(folder, network);
    const labels = Object.fromEntries(
      files.map((file, index) => [file.slice(folder.length + 1, -6), set.labels[index]]),
    );
    // A folder's own name goes before what the README says of it.
    expect(labels).toEqual({ n01484850: 0, 'Great_White-SHARK': 0, Cat: 4, bird: 1, machine: 2 });
  });

  test('believes classes.json before all else', async () => {
    await put('cat/1.png', randomPicture(3, 3, 1));
    await put('README.txt', 'cat crane\n');
    await put('classes.json', JSON.stringify({ cat: shark, nothing: 'cat' }));
    expect([...(await loadFolder(folder, network)).set.labels]).toEqual([0]);
  });

  test('refuses classes that the network does not know, or that may be several', async () => {
    await put('cat/1.png', randomPicture(3, 3, 1));
    await put('crane/1.png', randomPicture(3, 3, 1));
    await put('CAT/1.png', randomPicture(3, 3, 1));
    await put('n999/1.png', randomPicture(3, 3, 1));
    await put('README.txt', 'n999 unicorn\n');
    await expect(loadFolder(folder, network)).rejects.toMatchObject({
      code: 'CLASS_UNKNOWN',
      message: expect.stringMatching(
        /: CAT; crane; n999, unicorn\..*great white shark; crane.*classes\.json/,
      ),
    });
  });

  test('skips unknown classes where asked to, and says what it passed over', async () => {
    await put('cat/1.png', randomPicture(3, 3, 1));
    await put('.hidden/1.png', 'no picture');
    await put('cat/.DS_Store', 'no picture');
    const skipped = [
      await put('cat/notes.txt', 'seen in the garden'),
      await put('unicorn/2.png', 'no picture either'),
    ];
    const result = await loadFolder(folder, network, { unknownClasses: 'skip' });
    expect(result.set.count).toBe(1);
    expect(result.skipped).toEqual(skipped);
  });

  test('names all the pictures that cannot be used', async () => {
    await put('cat/good.png', randomPicture(3, 3, 1));
    const jpeg = await encodeJpeg(gradient(30, 30));
    const bad = [
      await put('cat/cut.jpg', jpeg.subarray(0, jpeg.length / 2)),
      await put('cat/empty.png', ''),
      await put(`${shark}/text.webp`, 'plain text'),
    ];
    const error = await loadFolder(folder, network).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'DATA_MALFORMED',
      message: expect.stringMatching(/^3 of the pictures in /),
    });
    for (const path of bad) expect((error as Error).message).toContain(path);
    expect((error as Error).message).not.toContain('good.png');
  });

  test('is refused before it fills the memory', async () => {
    await put('cat/1.png', randomPicture(3, 3, 1));
    await put('cat/2.png', randomPicture(3, 3, 1));
    const preprocessing = { ...network.preprocessing, height: 20_000, width: 20_000 };
    await expect(loadFolder(folder, { ...network, preprocessing })).rejects.toMatchObject({
      code: 'SELECTION_INVALID',
      message: expect.stringMatching(/2 pictures .* do not fit into memory.* 1 or fewer/),
    });
  });

  test('must be there, with pictures in it', async () => {
    await expect(loadFolder(join(folder, 'gone'), network)).rejects.toMatchObject({
      code: 'DATA_MISSING',
      message: expect.stringContaining(join(folder, 'gone')),
    });
    await put('1.png', randomPicture(3, 3, 1));
    await put('cat/notes.txt', 'no picture');
    await expect(loadFolder(folder, network)).rejects.toMatchObject({
      code: 'DATA_MISSING',
      message: expect.stringMatching(/None of the 1 folders.*great white shark/),
    });
  });

  test('must have a classes.json that can be understood', async () => {
    await put('cat/1.png', randomPicture(3, 3, 1));
    for (const content of ['{', '[]', 'null', '{"cat": null}', '{"cat": ["cat"]}']) {
      const file = await put('classes.json', content);
      await expect(loadFolder(folder, network)).rejects.toMatchObject({
        code: 'DATA_MALFORMED',
        message: expect.stringContaining(`${file} `),
      });
    }
    for (const label of ['dog', 5, -1, 0.5, 'crane']) {
      await put('classes.json', JSON.stringify({ cat: label }));
      await expect(loadFolder(folder, network)).rejects.toMatchObject({ code: 'CLASS_UNKNOWN' });
    }
  });
});
