import type { RgbPicture } from '../rgb-picture.ts';
import { inflate } from './inflate.ts';
import { readPngChunks } from './png-chunks.ts';
import { painterOf } from './png-colours.ts';
import { readPngHeader } from './png-header.ts';
import { inflatedSize, passesOf, unfilter } from './png-scanlines.ts';

/**
 * Decodes a PNG of any colour type, depth and interlacing to RGB over white. Written for pictures from
 * strangers: inflates no more than the header states, refuses what is cut short or fails its checksum
 * and reads nothing but the pixels. The caller has checked the signature and bounded the size.
 * @throws PictureError PICTURE_CORRUPT
 */
export async function decodePng(bytes: Uint8Array): Promise<RgbPicture> {
  const chunks = readPngChunks(bytes);
  const header = readPngHeader(chunks.header);
  const paint = painterOf(header, chunks.palette, chunks.transparency);
  const passes = passesOf(header);
  const inflated = await inflate(chunks.data, inflatedSize(passes));

  const { width, height, depth, channels } = header;
  const pixels = new Uint8Array(width * height * 3);
  const samples = new Uint16Array(width * channels);
  const back = Math.max(1, (depth * channels) / 8);
  let offset = 0;
  for (const pass of passes) {
    const size = pass.height * (pass.stride + 1);
    const lines = inflated.subarray(offset, offset + size);
    offset += size;
    unfilter(lines, pass, back);
    for (let j = 0; j < pass.height; j++) {
      const start = j * (pass.stride + 1) + 1;
      unpack(lines.subarray(start, start + pass.stride), depth, samples, pass.width * channels);
      const row = (pass.y + j * pass.dy) * width + pass.x;
      for (let i = 0; i < pass.width; i++) {
        paint(samples, i * channels, pixels, (row + i * pass.dx) * 3);
      }
    }
  }
  return { width, height, pixels };
}

/** The first `count` samples of a line, most significant bits first (section 7.2). */
function unpack(line: Uint8Array, depth: number, samples: Uint16Array, count: number): void {
  if (depth === 8) {
    samples.set(line.subarray(0, count));
    return;
  }
  if (depth === 16) {
    for (let i = 0; i < count; i++) samples[i] = (line[i * 2]! << 8) | line[i * 2 + 1]!;
    return;
  }
  const mask = 2 ** depth - 1;
  for (let i = 0; i < count; i++) {
    const bit = i * depth;
    samples[i] = (line[bit >> 3]! >> (8 - depth - (bit & 7))) & mask;
  }
}
