import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import encodeJpegPixels, { init as initJpeg } from '@jsquash/jpeg/encode.js';
import encodeWebpPixels, { init as initWebp } from '@jsquash/webp/encode.js';
import { pictureCodecs } from '../../../../exporter/contract/picture/picture-codecs.ts';
import type { RgbPicture } from '../../../../exporter/contract/picture/rgb-picture.ts';

export const loadWasm = (path: string) => ({
  wasmBinary: readFileSync(createRequire(import.meta.url).resolve(`@jsquash/${path}`)),
});

export const codecs = pictureCodecs({
  jpeg: () => loadWasm('jpeg/codec/dec/mozjpeg_dec.wasm'),
  webp: () => loadWasm('webp/codec/dec/webp_dec.wasm'),
});

await initJpeg(loadWasm('jpeg/codec/enc/mozjpeg_enc.wasm') as object);
await initWebp(loadWasm('webp/codec/enc/webp_enc_simd.wasm') as object);

type Encode = (pixels: object, options: object) => Promise<ArrayBuffer>;

export const encodeJpeg = encoder(encodeJpegPixels as unknown as Encode);
export const encodeWebp = encoder(encodeWebpPixels as unknown as Encode);

function encoder(encode: Encode) {
  return async (picture: RgbPicture, options: object = {}, alpha = 255): Promise<Uint8Array> => {
    const { width, height, pixels } = picture;
    const data = new Uint8ClampedArray(width * height * 4).fill(alpha);
    for (let i = 0; i < width * height; i++) data.set(pixels.subarray(i * 3, i * 3 + 3), i * 4);
    return new Uint8Array(await encode({ width, height, data }, options));
  };
}

/** Smooth colours, different in every corner, so that lossy codecs keep them and turns show. */
export function gradient(width: number, height: number): RgbPicture {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      pixels.set([(x / width) * 255, (y / height) * 255, 128], (y * width + x) * 3);
    }
  }
  return { width, height, pixels };
}
