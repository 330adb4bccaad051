import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import encodeJpeg, { init } from '@jsquash/jpeg/encode.js';
import { encode as encodePng } from 'fast-png';
import { noise } from '../../edge-fixture/noise.ts';

const WIDTH = 4000;
const HEIGHT = 3000;
const SKY = [60, 120, 220];
const GROUND = [180, 120, 60];
const GRAIN_SIDE = 256;
/** EXIF of one tag, the orientation, which says to turn the picture by a quarter to the right. */
const TURNED = 'ffe1002245786966000049492a0008000000010012010300010000000600000000000000000';

/**
 * What a telephone held upright takes: a JPEG of 4000 x 3000 pixels whose EXIF says to turn it. Then
 * sky is above and ground below.
 */
export async function phonePhoto(): Promise<Buffer> {
  const path = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm');
  await init({ wasmBinary: await readFile(path) });
  const grain = noise(1, GRAIN_SIDE);
  const data = new Uint8ClampedArray(WIDTH * HEIGHT * 4).fill(255);
  for (let pixel = 0; pixel < WIDTH * HEIGHT; pixel++) {
    const colour = pixel % WIDTH < WIDTH / 2 ? SKY : GROUND;
    const dark = grain[pixel % grain.length]! / 4;
    for (let channel = 0; channel < 3; channel++)
      data[pixel * 4 + channel] = colour[channel]! - dark;
  }
  const image = { width: WIDTH, height: HEIGHT, data, colorSpace: 'srgb' };
  const plain = { progressive: false, trellis_multipass: false, optimize_coding: false };
  const jpeg = Buffer.from(await encodeJpeg(image, { quality: 92, ...plain }));
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.from(TURNED, 'hex'), jpeg.subarray(2)]);
}

/** A transparent PNG, black below, of so many bytes, most of them a comment. */
export function clearPng(width: number, height: number, bytes: number): Buffer {
  const data = new Uint8Array(width * height * 4);
  const file = (comment: number) =>
    encodePng({ width, height, channels: 4, data, text: { Comment: 'x'.repeat(comment) } });
  return Buffer.from(file(bytes - file(0).length));
}
