import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { encode } from 'fast-png';
import { decodePicture } from '../../exporter/contract/picture/decode-picture.ts';
import { pictureCodecs } from '../../exporter/contract/picture/picture-codecs.ts';
import { PictureError } from '../../exporter/contract/picture/picture-error.ts';
import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';

/** The largest picture that a person's own files may hold: some 300 MB while it is decoded. */
const LIMITS = { maxPixels: 50_000_000 };

/** The decoders of the edge, from their files. */
export const codecs = pictureCodecs({
  jpeg: () => wasm('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'),
  webp: () => wasm('@jsquash/webp/codec/dec/webp_dec.wasm'),
});

/**
 * Reads a PNG, JPEG or WebP file of at most 50 million pixels, with the decoders that the edge uses.
 * @throws PictureError naming the file
 */
export async function readPictureFile(path: string): Promise<RgbPicture> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new PictureError(
      'PICTURE_UNREADABLE',
      `${path}: ${cause.code === 'ENOENT' ? 'there is no such file' : cause.message}; name a PNG, JPEG or WebP file.`,
      { cause },
    );
  });
  try {
    return await decodePicture(bytes, LIMITS, codecs);
  } catch (cause) {
    if (!(cause instanceof PictureError)) throw cause;
    throw new PictureError(cause.code, `${path}: ${cause.message}`, { cause });
  }
}

/** A picture as an 8-bit RGB PNG. */
export function encodePng({ width, height, pixels }: RgbPicture): Uint8Array {
  return encode({ width, height, data: pixels, channels: 3, depth: 8 });
}

/** Writes a picture as an 8-bit RGB PNG. */
export async function writePng(path: string, picture: RgbPicture): Promise<void> {
  await writeFile(path, encodePng(picture));
}

async function wasm(specifier: string): Promise<{ wasmBinary: Uint8Array }> {
  return { wasmBinary: await readFile(createRequire(import.meta.url).resolve(specifier)) };
}
