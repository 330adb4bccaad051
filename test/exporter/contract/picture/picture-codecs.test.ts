import { describe, expect, it } from 'vitest';
import { pictureCodecs } from '../../../../exporter/contract/picture/picture-codecs.ts';
import { PictureError } from '../../../../exporter/contract/picture/picture-error.ts';
import { encodeJpeg, gradient, loadWasm } from './codecs.ts';

const unused = () => {
  throw new Error('no WebP was decoded');
};

function countingCodecs() {
  const started: number[] = [];
  const codecs = pictureCodecs({
    jpeg: () => {
      started.push(started.length);
      return loadWasm('jpeg/codec/dec/mozjpeg_dec.wasm');
    },
    webp: unused,
  });
  return { codecs, started };
}

describe('pictureCodecs', () => {
  it('instantiates a decoder with its first picture and keeps it', async () => {
    const jpeg = await encodeJpeg(gradient(16, 16));
    const { codecs, started } = countingCodecs();
    expect(started.length).toBe(0);
    await Promise.all([codecs.jpeg(jpeg), codecs.jpeg(jpeg)]);
    await codecs.jpeg(jpeg);
    expect(started.length).toBe(1);
  });

  it('drops a decoder that failed, for what it may not have freed', async () => {
    const jpeg = await encodeJpeg(gradient(16, 16));
    const { codecs, started } = countingCodecs();
    await expect(codecs.jpeg(jpeg.subarray(0, 40))).rejects.toBeInstanceOf(PictureError);
    expect(await codecs.jpeg(jpeg)).toMatchObject({ width: 16, height: 16 });
    expect(started.length).toBe(2);
  });

  it('drops a decoder whose memory a large picture has grown', async () => {
    const large = await encodeJpeg(gradient(1100, 1100));
    const { codecs, started } = countingCodecs();
    await codecs.jpeg(large);
    await codecs.jpeg(large);
    expect(started.length).toBe(2);
  });

  it('tries again after a decoder could not be loaded, and does not blame the picture', async () => {
    const jpeg = await encodeJpeg(gradient(16, 16));
    let broken = true;
    const codecs = pictureCodecs({
      jpeg: async () => {
        if (broken) throw new Error('the file is missing');
        return loadWasm('jpeg/codec/dec/mozjpeg_dec.wasm');
      },
      webp: unused,
    });
    await expect(codecs.jpeg(jpeg)).rejects.toThrow('the file is missing');
    broken = false;
    expect(await codecs.jpeg(jpeg)).toMatchObject({ width: 16, height: 16 });
  });
});
