import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { decodePicture } from '../../../../exporter/contract/picture/decode-picture.ts';
import { codecs } from './codecs.ts';
import {
  CHANNELS,
  chunk,
  header,
  type PngSource,
  png,
  SIGNATURE,
  writeTestPng,
} from './png-writer.ts';

const decode = (bytes: Uint8Array) => decodePicture(bytes, { maxPixels: 10_000 }, codecs);

const KINDS = [
  ...[1, 2, 4, 8, 16].map((depth) => ({ colour: 0, depth })),
  ...[8, 16].flatMap((depth) => [2, 4, 6].map((colour) => ({ colour, depth }))),
  ...[1, 2, 4, 8].map((depth) => ({ colour: 3, depth })),
] as { colour: PngSource['colour']; depth: PngSource['depth'] }[];

const source: fc.Arbitrary<PngSource> = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    width: fc.integer({ min: 1, max: 19 }),
    height: fc.integer({ min: 1, max: 19 }),
    interlaced: fc.boolean(),
    filters: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 7 }),
    seed: fc.array(fc.integer({ min: 0, max: 65535 }), { minLength: 1, maxLength: 60 }),
    transparent: fc.boolean(),
  })
  .map(({ kind, width, height, interlaced, filters, seed, transparent }) => {
    const channels = CHANNELS[kind.colour];
    const samples = Array.from(
      { length: width * height * channels },
      (_, i) => (seed[i % seed.length]! + i * 7) % 2 ** kind.depth,
    );
    const palette = Array.from(
      { length: 3 * 2 ** Math.min(kind.depth, 8) },
      (_, i) => (i * 37) % 256,
    );
    const clear = Buffer.alloc(channels * 2);
    for (let c = 0; c < channels; c++) clear.writeUInt16BE(samples[c]!, c * 2);
    const transparency = kind.colour === 3 ? Uint8Array.of(0, 77) : new Uint8Array(clear);
    return {
      ...kind,
      width,
      height,
      interlaced,
      filters,
      samples,
      ...(kind.colour === 3 ? { palette } : {}),
      ...(transparent && kind.colour < 4 ? { transparency } : {}),
    };
  });

/** The specification's meaning of the samples, over white. */
function expected({ samples, colour, depth, palette, transparency }: PngSource): number[] {
  const channels = CHANNELS[colour];
  const result: number[] = [];
  for (let at = 0; at < samples.length; at += channels) {
    const raw = samples.slice(at, at + channels);
    const byte = raw.map((sample) => Math.round((sample / (2 ** depth - 1)) * 255));
    let rgb = colour === 2 || colour === 6 ? byte.slice(0, 3) : [byte[0]!, byte[0]!, byte[0]!];
    let alpha = colour === 4 ? byte[1]! : colour === 6 ? byte[3]! : 255;
    if (colour === 3) {
      rgb = palette!.slice(raw[0]! * 3, raw[0]! * 3 + 3);
      alpha = transparency?.[raw[0]!] ?? 255;
    } else if (transparency) {
      const clear = Buffer.from(transparency);
      if (raw.every((sample, c) => sample === clear.readUInt16BE(c * 2))) alpha = 0;
    }
    for (const sample of rgb) {
      result.push(Math.round((sample * alpha) / 255 + 255 - alpha));
    }
  }
  return result;
}

describe('PNG', () => {
  it('decodes every colour type, depth, filter and interlacing to what the samples mean', async () => {
    await fc.assert(
      fc.asyncProperty(source, async (sampled) => {
        const picture = await decode(writeTestPng(sampled));
        expect([picture.width, picture.height]).toEqual([sampled.width, sampled.height]);
        expect(Array.from(picture.pixels)).toEqual(expected(sampled));
      }),
      { numRuns: 400, seed: 1 },
    );
  });

  it('reads what another encoder wrote', async () => {
    const data = Uint8Array.from({ length: 31 * 17 * 3 }, (_, i) => (i * i) % 256);
    const picture = await decode(encode({ width: 31, height: 17, data, channels: 3, depth: 8 }));
    expect(picture.pixels).toEqual(data);
  });

  it('ignores profiles and texts, even those that would inflate without end', async () => {
    const bomb = chunk(
      'iCCP',
      Buffer.concat([Buffer.from('p\0\0'), deflateSync(Buffer.alloc(1e7))]),
    );
    const text = chunk('tEXt', Buffer.from('no separator'));
    const data = chunk('IDAT', deflateSync(Buffer.from([0, 10, 20, 30])));
    const picture = await decode(png(header(1, 1), bomb, text, data));
    expect(Array.from(picture.pixels)).toEqual([10, 20, 30]);
  });

  it('inflates no more than the header states: damage behind that is never reached', async () => {
    const endless = deflateSync(Buffer.alloc(100_000_000)).subarray(0, 90_000);
    const data = chunk('IDAT', Buffer.concat([endless, Buffer.from('damage')]));
    const picture = await decode(png(header(2, 1), data));
    expect(picture.pixels).toEqual(new Uint8Array(6));
  });

  const pixel = chunk('IDAT', deflateSync(Buffer.from([0, 10, 20, 30])));
  const flipped = new Uint8Array(png(header(1, 1), pixel));
  flipped[45]! ^= 1;
  const refused: [string, Uint8Array, RegExp][] = [
    ['a missing end', new Uint8Array(Buffer.concat([SIGNATURE, header(1, 1), pixel])), /cut short/],
    ['a chunk longer than the file', flippedLength(), /cut short/],
    ['a wrong checksum', flipped, /checksum/],
    ['no data', png(header(1, 1)), /no picture data/],
    ['a second header', png(header(1, 1), header(9, 9), pixel), /two IHDR/],
    [
      'an unknown critical chunk',
      png(header(1, 1), chunk('CgBI', new Uint8Array(4)), pixel),
      /critical/,
    ],
    ['too little data', png(header(2, 2), pixel), /less data/],
    ['far too little data', png(header(100, 100), pixel), /less data/],
    [
      'data that is no zlib stream',
      png(header(1, 1), chunk('IDAT', Buffer.from('plain text'))),
      /damaged/,
    ],
    [
      'an unknown filter',
      png(header(1, 1), chunk('IDAT', deflateSync(Buffer.from([9, 1, 2, 3])))),
      /filter 9/,
    ],
    ['an impossible depth', png(header(1, 1, 4, 2), pixel), /colour type 2 with 4 bits/],
    ['an unknown interlacing', png(header(1, 1, 8, 2, 2), pixel), /method/],
    [
      'no palette',
      png(header(1, 1, 8, 3), chunk('IDAT', deflateSync(Buffer.from([0, 0])))),
      /palette/,
    ],
    [
      'a colour outside the palette',
      png(
        header(1, 1, 8, 3),
        chunk('PLTE', Buffer.alloc(3)),
        chunk('IDAT', deflateSync(Buffer.from([0, 1]))),
      ),
      /colour 1 of a palette of 1/,
    ],
    [
      'a tRNS of the wrong length',
      png(header(1, 1), chunk('tRNS', Buffer.alloc(2)), pixel),
      /tRNS/,
    ],
    ['a size of zero', png(header(0, 1), pixel), /0 x 1/],
    ['no IHDR first', png(pixel, header(1, 1)), /IHDR/],
  ];
  it.each(refused)('refuses %s', async (_, bytes, message) => {
    await expect(decode(bytes)).rejects.toMatchObject({
      code: 'PICTURE_CORRUPT',
      message: expect.stringMatching(message),
    });
  });

  function flippedLength(): Uint8Array {
    const bytes = Buffer.from(png(header(1, 1), pixel));
    bytes.writeUInt32BE(0xffffffff, 33);
    return new Uint8Array(bytes);
  }
});
