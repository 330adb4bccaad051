import jpegEncoder from '@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm';
import encodeJpeg, { init as initJpeg } from '@jsquash/jpeg/encode.js';
import webpEncoder from '@jsquash/webp/codec/enc/webp_enc_simd.wasm';
import encodeWebp, { init as initWebp } from '@jsquash/webp/encode.js';
import { encode as encodePng } from 'fast-png';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../../edge/picture/decode.ts';

const [WIDTH, HEIGHT] = [60, 40];
const rgba = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
for (let i = 0; i < WIDTH * HEIGHT; i++) {
  rgba.set([((i % WIDTH) / WIDTH) * 255, (i / WIDTH / HEIGHT) * 255, 128, 255], i * 4);
}
const rgb = Uint8Array.from(rgba.filter((_, i) => i % 4 !== 3));
const picture = { data: rgba, width: WIDTH, height: HEIGHT };
const limits = { maxPixels: 10_000 };

type Encode = (picture: object, options: object) => Promise<ArrayBuffer>;
type Init = (module: WebAssembly.Module) => Promise<void>;

async function encoded(format: 'png' | 'jpeg' | 'webp'): Promise<Uint8Array> {
  if (format === 'png') return encodePng(picture);
  const encode = (format === 'jpeg' ? encodeJpeg : encodeWebp) as unknown as Encode;
  return new Uint8Array(await encode(picture, { quality: 95 }));
}

beforeAll(async () => {
  await (initJpeg as unknown as Init)(jpegEncoder);
  await (initWebp as unknown as Init)(webpEncoder);
});

describe('decode, in workerd', () => {
  it.each([
    ['png', 0],
    ['jpeg', 12],
    ['webp', 12],
  ] as const)(
    'decodes %s within %d of the original, again and again',
    async (format, tolerance) => {
      const bytes = await encoded(format);
      for (let round = 0; round < 3; round++) {
        const { width, height, pixels } = await decode(bytes, limits);
        expect([width, height, pixels.length]).toEqual([WIDTH, HEIGHT, rgb.length]);
        const worst = pixels.reduce(
          (most, value, i) => Math.max(most, Math.abs(value - rgb[i]!)),
          0,
        );
        expect(worst).toBeLessThanOrEqual(tolerance);
      }
    },
  );

  it.each([
    ['png', 'IDAT'],
    // A Huffman table whose code counts cannot be.
    ['jpeg', '\xff\xc4'],
    // A first partition longer than the file.
    ['webp', 'VP8 '],
  ] as const)('refuses damaged %s and decodes the next', async (format, before) => {
    const bytes = await encoded(format);
    const damaged = bytes.slice();
    const start = String.fromCharCode(...bytes).indexOf(before) + before.length;
    damaged.fill(0xff, start + 5, start + 7);
    await expect(decode(damaged, limits)).rejects.toMatchObject({ code: 'PICTURE_CORRUPT' });
    await expect(decode(bytes, limits)).resolves.toMatchObject({ width: WIDTH });
  });

  it('refuses what is too large, by its header', async () => {
    await expect(decode(await encoded('webp'), { maxPixels: 2399 })).rejects.toMatchObject({
      code: 'PICTURE_TOO_LARGE',
    });
  });
});
