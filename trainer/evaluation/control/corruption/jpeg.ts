import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import encode, { init } from '@jsquash/jpeg/encode.js';
import { decodePicture } from '../../../../exporter/contract/picture/decode-picture.ts';
import type { RgbPicture } from '../../../../exporter/contract/picture/rgb-picture.ts';
import { codecs } from '../../../data/picture-file.ts';

/** The tables of ITU-T T.81, annex K, as libjpeg has them; mozjpeg's own keep more. */
const STANDARD_TABLES = 0;

let ready: Promise<void> | undefined;

/**
 * The picture as it comes out of a baseline JPEG file with halved chroma, by the decoder that the edge uses.
 * @param quality libjpeg's, from 1 to 100
 */
export async function compressJpeg(picture: RgbPicture, quality: number): Promise<RgbPicture> {
  const { width, height } = picture;
  const file = await encodeJpeg(picture, quality);
  return decodePicture(file, { maxPixels: width * height }, codecs);
}

/** A baseline JPEG file with halved chroma. @param quality libjpeg's, from 1 to 100 */
export async function encodeJpeg(picture: RgbPicture, quality: number): Promise<Uint8Array> {
  ready ??= start();
  await ready;
  const { width, height, pixels } = picture;
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let from = 0, to = 0; from < pixels.length; from += 3, to += 4) {
    data.set(pixels.subarray(from, from + 3), to);
  }
  const file = await encode(
    { width, height, data },
    {
      quality,
      quant_table: STANDARD_TABLES,
      baseline: true,
      progressive: false,
      auto_subsample: false,
      chroma_subsample: 2,
    },
  );
  return new Uint8Array(file);
}

async function start(): Promise<void> {
  const path = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm');
  await init({ wasmBinary: await readFile(path) } as object);
}
