import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePicture } from '../../../../exporter/contract/picture/decode-picture.ts';
import { PictureError } from '../../../../exporter/contract/picture/picture-error.ts';
import { readPictureHeader } from '../../../../exporter/contract/picture/picture-header.ts';
import { codecs, encodeJpeg, encodeWebp, gradient } from './codecs.ts';
import { header, png, writeTestPng } from './png-writer.ts';

const LIMITS = { maxPixels: 1_000_000 };
const picture = gradient(48, 24);
const samples = {
  png: writeTestPng({
    width: 48,
    height: 24,
    colour: 2,
    depth: 8,
    interlaced: false,
    filters: [4, 1],
    samples: Array.from(picture.pixels),
  }),
  jpeg: await encodeJpeg(picture, { quality: 95 }),
  progressive: await encodeJpeg(picture, { quality: 95, progressive: true }),
  webp: await encodeWebp(picture, { quality: 95 }),
  lossless: await encodeWebp(picture, { lossless: 1 }),
  transparent: await encodeWebp(picture, { lossless: 1, exact: 1 }, 51),
};
const decode = (bytes: Uint8Array) => decodePicture(bytes, LIMITS, codecs);

function worstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
}

describe('readPictureHeader', () => {
  it.each(Object.entries(samples))('reads the size of %s without decoding', (name, bytes) => {
    const format = { png: 'png', jpeg: 'jpeg', progressive: 'jpeg' }[name] ?? 'webp';
    expect(readPictureHeader(bytes)).toEqual({ format, width: 48, height: 24 });
  });

  it('reads the size whatever lies around the bytes in memory', () => {
    const padded = new Uint8Array(samples.webp.length + 20);
    padded.set(samples.webp, 7);
    const view = padded.subarray(7, 7 + samples.webp.length);
    expect(readPictureHeader(view)).toEqual({ format: 'webp', width: 48, height: 24 });
  });
});

describe('decodePicture', () => {
  it.each([
    ['png', 0],
    ['lossless', 0],
    ['jpeg', 12],
    ['progressive', 12],
    ['webp', 12],
  ] as const)('decodes %s within %d of the original', async (name, tolerance) => {
    const decoded = await decode(samples[name]);
    expect([decoded.width, decoded.height]).toEqual([48, 24]);
    expect(worstDifference(decoded.pixels, picture.pixels)).toBeLessThanOrEqual(tolerance);
  });

  it('composites transparency over white', async () => {
    const decoded = await decode(samples.transparent);
    const expected = picture.pixels.map((value) => Math.round(value * 0.2 + 255 * 0.8));
    expect(worstDifference(decoded.pixels, expected)).toBeLessThanOrEqual(1);
  });

  it.each([
    [1, 48, 24, [0, 0, 128]],
    [2, 48, 24, [255, 0, 128]],
    [3, 48, 24, [255, 255, 128]],
    [4, 48, 24, [0, 255, 128]],
    [5, 24, 48, [0, 0, 128]],
    [6, 24, 48, [0, 255, 128]],
    [7, 24, 48, [255, 255, 128]],
    [8, 24, 48, [255, 0, 128]],
  ])('turns a JPEG of EXIF orientation %d upright', async (orientation, width, height, topLeft) => {
    const decoded = await decode(withOrientation(samples.jpeg, orientation));
    expect([decoded.width, decoded.height]).toEqual([width, height]);
    expect(worstDifference(decoded.pixels.subarray(0, 3), topLeft)).toBeLessThan(20);
  });

  it('refuses a picture by its header, before memory is taken for it', async () => {
    const before = process.memoryUsage();
    await expect(decode(png(header(20_000, 20_000)))).rejects.toMatchObject({
      code: 'PICTURE_TOO_LARGE',
      message: expect.stringMatching(/20000 x 20000.*1000000/),
    });
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(1_000_000);
  });

  it('takes a picture of exactly the limit and refuses one pixel more', async () => {
    const exactly = decodePicture(samples.png, { maxPixels: 48 * 24 }, codecs);
    await expect(exactly).resolves.toMatchObject({ width: 48 });
    const below = decodePicture(samples.jpeg, { maxPixels: 48 * 24 - 1 }, codecs);
    await expect(below).rejects.toMatchObject({ code: 'PICTURE_TOO_LARGE' });
  });

  it.each([
    ['nothing', new Uint8Array(0), 'PICTURE_EMPTY'],
    ['a text', new TextEncoder().encode('not a picture at all'), 'PICTURE_UNKNOWN_FORMAT'],
    ['a GIF', new TextEncoder().encode('GIF89a\x01\0\x01\0'), 'PICTURE_UNKNOWN_FORMAT'],
    ['an animated WebP', animated(), 'PICTURE_UNKNOWN_FORMAT'],
    ['a signature alone', samples.png.subarray(0, 8), 'PICTURE_CORRUPT'],
    ['a JPEG without its end', samples.jpeg.subarray(0, -2), 'PICTURE_CORRUPT'],
    ['half a progressive JPEG', samples.progressive.subarray(0, 500), 'PICTURE_CORRUPT'],
    ['a JPEG of endless scans', endlessScans(), 'PICTURE_CORRUPT'],
    ['half a WebP', samples.webp.subarray(0, 60), 'PICTURE_CORRUPT'],
  ])('refuses %s', async (_, bytes, code) => {
    await expect(decode(bytes)).rejects.toMatchObject({ code, name: 'PictureError' });
  });

  it.each(Object.keys(samples) as (keyof typeof samples)[])(
    'answers damaged %s with a picture or a PictureError, and decodes the next one',
    async (name) => {
      const intact = await decode(samples[name]);
      const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 8,
      });
      await fc.assert(
        fc.asyncProperty(damage, fc.option(fc.nat()), async (flips, cut) => {
          const bytes = samples[name].slice(
            0,
            cut === null ? undefined : cut % samples[name].length,
          );
          for (const [at, mask] of flips) if (bytes.length > 0) bytes[at % bytes.length]! ^= mask;
          const outcome = await decode(bytes).catch((thrown) => thrown);
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(PictureError);
          else expect(outcome.pixels.length).toBe(outcome.width * outcome.height * 3);
        }),
        { numRuns: 150, seed: 2 },
      );
      expect((await decode(samples[name])).pixels).toEqual(intact.pixels);
    },
  );

  it('keeps pictures that are decoded at the same time apart', async () => {
    const small = await encodeJpeg(gradient(16, 16), { quality: 95 });
    const alone = await Promise.all([decode(samples.jpeg), decode(small)]);
    const together = await Promise.all(
      Array.from({ length: 10 }, (_, i) => decode(i % 2 === 0 ? samples.jpeg : small)),
    );
    together.forEach((decoded, i) => {
      expect(decoded).toEqual(alone[i % 2]);
    });
  });
});

function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const exif = Buffer.from(
    'ffe1002245786966000049492a0008000000010012010300010000000000000000000000',
    'hex',
  );
  exif.writeUInt16LE(orientation, 28);
  return new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]));
}

function animated(): Uint8Array {
  const bytes = Buffer.alloc(30);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(22, 4);
  bytes.write('WEBPVP8X', 8);
  bytes.writeUInt32LE(10, 16);
  bytes[20] = 2;
  return new Uint8Array(bytes);
}

function endlessScans(): Uint8Array {
  const scan = samples.jpeg.indexOf(0xda) - 1;
  const scans = Array.from({ length: 200 }, () => samples.jpeg.subarray(scan, -2));
  return new Uint8Array(
    Buffer.concat([samples.jpeg.subarray(0, scan), ...scans, samples.jpeg.subarray(-2)]),
  );
}
