import { crc32, deflateSync } from 'node:zlib';

/** A picture by its raw samples, in the terms of the PNG specification. */
export interface PngSource {
  readonly width: number;
  readonly height: number;
  readonly colour: 0 | 2 | 3 | 4 | 6;
  readonly depth: 1 | 2 | 4 | 8 | 16;
  readonly interlaced: boolean;
  /** [height,width,channels] at full depth. */
  readonly samples: readonly number[];
  /** The filter of the n-th line written is the n-th of these, cycling. */
  readonly filters: readonly number[];
  readonly palette?: readonly number[];
  readonly transparency?: Uint8Array;
}

export const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;

export function chunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(content.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

export function header(
  width: number,
  height: number,
  depth = 8,
  colour = 2,
  interlace = 0,
): Buffer {
  const content = Buffer.alloc(13);
  content.writeUInt32BE(width, 0);
  content.writeUInt32BE(height, 4);
  content.set([depth, colour, 0, 0, interlace], 8);
  return chunk('IHDR', content);
}

export const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
export const END = chunk('IEND', new Uint8Array());

export function png(...chunks: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat([SIGNATURE, ...chunks, END]));
}

/** Encodes with the data in two IDAT chunks, so that no decoder may rely on one. */
export function writeTestPng(source: PngSource): Uint8Array {
  const packed = deflateSync(filteredLines(source));
  const half = packed.length >> 1;
  return png(
    header(source.width, source.height, source.depth, source.colour, source.interlaced ? 1 : 0),
    ...(source.palette ? [chunk('PLTE', Uint8Array.from(source.palette))] : []),
    ...(source.transparency ? [chunk('tRNS', source.transparency)] : []),
    chunk('IDAT', packed.subarray(0, half)),
    chunk('IDAT', packed.subarray(half)),
  );
}

function filteredLines(source: PngSource): Buffer {
  const channels = CHANNELS[source.colour];
  const back = Math.max(1, Math.floor((channels * source.depth) / 8));
  const written: Buffer[] = [];
  for (const pixelsOfPass of passes(source)) {
    let above: number[] = [];
    for (const line of pixelsOfPass) {
      const bits = line
        .flatMap((pixel) => source.samples.slice(pixel * channels, (pixel + 1) * channels))
        .map((sample) => sample.toString(2).padStart(source.depth, '0'))
        .join('');
      const raw = (bits.match(/.{1,8}/g) ?? []).map((byte) =>
        Number.parseInt(byte.padEnd(8, '0'), 2),
      );
      const filter = source.filters[written.length % source.filters.length]!;
      const coded = raw.map((byte, i) => {
        const a = raw[i - back] ?? 0;
        const b = above[i] ?? 0;
        const c = i >= back ? (above[i - back] ?? 0) : 0;
        return (byte - prediction(filter, a, b, c)) & 255;
      });
      written.push(Buffer.from([filter, ...coded]));
      above = raw;
    }
  }
  return Buffer.concat(written);
}

function prediction(filter: number, a: number, b: number, c: number): number {
  const p = a + b - c;
  const nearest = [a, b, c].sort((x, y) => Math.abs(p - x) - Math.abs(p - y))[0]!;
  return [0, a, b, Math.floor((a + b) / 2), nearest][filter]!;
}

/** The pass of each pixel by the 8 x 8 pattern that the specification prints. */
const ADAM7 = [
  '16462646',
  '77777777',
  '56565656',
  '77777777',
  '36463646',
  '77777777',
  '56565656',
  '77777777',
];

/** For each pass, its lines; each line the indices of its pixels. */
function passes({ width, height, interlaced }: PngSource): number[][][] {
  return (interlaced ? ['1', '2', '3', '4', '5', '6', '7'] : ['.']).map((pass) =>
    Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => y * width + x).filter(
        (_, x) => pass === '.' || ADAM7[y % 8]![x % 8] === pass,
      ),
    ).filter((line) => line.length > 0),
  );
}
