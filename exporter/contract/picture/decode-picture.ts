import { checkJpegScans } from './jpeg-markers.ts';
import type { PictureCodecs } from './picture-codecs.ts';
import { corrupt, PictureError } from './picture-error.ts';
import { type PictureFormat, readPictureHeader } from './picture-header.ts';
import { decodePng } from './png/decode-png.ts';
import type { RgbPicture } from './rgb-picture.ts';
import { compositeOverWhite } from './rgba-picture.ts';

export interface PictureLimits {
  /** The most pixels (width x height) that are decoded. */
  readonly maxPixels: number;
}

/**
 * Decodes PNG, JPEG or WebP, told apart by their first bytes. Transparency is composited over white,
 * JPEG turned upright by its EXIF orientation, 16-bit samples reduced to 8, colour profiles and gamma
 * ignored. The stated size is held against `limits` before anything is allocated for it, and memory
 * stays bounded by it whatever the compressed data expands to.
 * @throws PictureError with any of its codes; no other error comes from bad bytes
 */
export async function decodePicture(
  bytes: Uint8Array,
  limits: PictureLimits,
  codecs: PictureCodecs,
): Promise<RgbPicture> {
  const { format, width, height } = readPictureHeader(bytes);
  if (width * height > limits.maxPixels) {
    throw new PictureError(
      'PICTURE_TOO_LARGE',
      `The picture is ${width} x ${height} pixels, ${width * height} in all, of which at most ${limits.maxPixels} are taken; send a smaller one.`,
    );
  }
  const picture = await decodeFormat(format, bytes, codecs);
  const upright = picture.width === width && picture.height === height;
  const turned = format === 'jpeg' && picture.width === height && picture.height === width;
  if (!upright && !turned) {
    throw corrupt(
      format.toUpperCase(),
      `states ${width} x ${height} pixels but holds ${picture.width} x ${picture.height}`,
    );
  }
  return picture;
}

async function decodeFormat(
  format: PictureFormat,
  bytes: Uint8Array,
  codecs: PictureCodecs,
): Promise<RgbPicture> {
  switch (format) {
    case 'png':
      return decodePng(bytes);
    case 'jpeg':
      checkJpegScans(bytes);
      return compositeOverWhite(await codecs.jpeg(bytes));
    case 'webp':
      return compositeOverWhite(await codecs.webp(bytes));
  }
}
