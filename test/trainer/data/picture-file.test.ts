import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPictureFile, writePng } from '../../../trainer/data/picture-file.ts';
import { encodeJpeg, encodeWebp, gradient } from '../../exporter/contract/picture/codecs.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-picture-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('picture files', () => {
  it('reads back the PNG that it wrote', async () => {
    const path = join(folder, 'written.png');
    await writePng(path, gradient(33, 20));
    expect(await readPictureFile(path)).toEqual(gradient(33, 20));
  });

  it('reads JPEG and WebP whatever their name', async () => {
    const picture = gradient(40, 30);
    await writeFile(join(folder, 'a.png'), await encodeJpeg(picture));
    await writeFile(join(folder, 'b'), await encodeWebp(picture, { lossless: 1 }));
    expect(await readPictureFile(join(folder, 'a.png'))).toMatchObject({ width: 40, height: 30 });
    expect(await readPictureFile(join(folder, 'b'))).toEqual(picture);
  });

  it('names the file that it cannot use', async () => {
    const text = join(folder, 'text.png');
    await writeFile(text, 'plain text');
    await expect(readPictureFile(text)).rejects.toMatchObject({
      code: 'PICTURE_UNKNOWN_FORMAT',
      message: expect.stringContaining(text),
    });
    const missing = join(folder, 'missing.png');
    await expect(readPictureFile(missing)).rejects.toMatchObject({
      code: 'PICTURE_UNREADABLE',
      message: expect.stringMatching(/missing\.png: there is no such file/),
    });
    await expect(readPictureFile(folder)).rejects.toMatchObject({ code: 'PICTURE_UNREADABLE' });
  });
});
