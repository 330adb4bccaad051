import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import encodeJpeg, { init as initJpeg } from '@jsquash/jpeg/encode.js';
import encodeWebp, { init as initWebp } from '@jsquash/webp/encode.js';
import { encode as encodePng } from 'fast-png';

const require = createRequire(import.meta.url);

/** The same pixels, [side,side,3], as a file of each format that the edge takes. */
export async function pictureFiles(pixels: Uint8Array, side: number) {
  await initJpeg({
    wasmBinary: await readFile(require.resolve('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm')),
  });
  await initWebp({
    wasmBinary: await readFile(require.resolve('@jsquash/webp/codec/enc/webp_enc_simd.wasm')),
  });
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let pixel = 0; pixel < side * side; pixel++) {
    data.set(pixels.subarray(pixel * 3, pixel * 3 + 3), pixel * 4);
  }
  const image = { width: side, height: side, data, colorSpace: 'srgb' };
  return {
    png: pngFile(pixels, side),
    jpeg: new Uint8Array(await encodeJpeg(image, { quality: 100 })),
    webp: new Uint8Array(await encodeWebp(image, { lossless: 1 })),
  };
}

export function pngFile(pixels: Uint8Array, side: number): Uint8Array {
  return encodePng({ width: side, height: side, channels: 3, depth: 8, data: pixels });
}
