import { readJpegSize } from './jpeg-markers.ts';
import { corrupt, PictureError } from './picture-error.ts';

export type PictureFormat = 'png' | 'jpeg' | 'webp';

/** What a picture says of itself before anything is decoded. Sizes in pixels, as stored. */
export interface PictureHeader {
  readonly format: PictureFormat;
  readonly width: number;
  readonly height: number;
}

const PNG_SIGNATURE = '\x89PNG\r\n\x1a\n';
const ANIMATED = 0x02;

/**
 * Reads format and size from a picture's first bytes, whatever its name or media type. Allocates
 * nothing that depends on the stated size.
 * @throws PictureError PICTURE_EMPTY, PICTURE_UNKNOWN_FORMAT, or PICTURE_CORRUPT where the header is
 * cut short or states a size of zero
 */
export function readPictureHeader(bytes: Uint8Array): PictureHeader {
  if (bytes.length === 0) {
    throw new PictureError(
      'PICTURE_EMPTY',
      'The picture is empty (0 bytes); send PNG, JPEG or WebP.',
    );
  }
  const header = headerByMagic(bytes);
  if (header.width === 0 || header.height === 0) {
    throw corrupt(
      header.format.toUpperCase(),
      `states a size of ${header.width} x ${header.height}`,
    );
  }
  return header;
}

function headerByMagic(bytes: Uint8Array): PictureHeader {
  if (startsWith(bytes, 0, PNG_SIGNATURE)) return { format: 'png', ...readPngSize(bytes) };
  if (startsWith(bytes, 0, '\xff\xd8\xff')) return { format: 'jpeg', ...readJpegSize(bytes) };
  if (startsWith(bytes, 0, 'RIFF') && startsWith(bytes, 8, 'WEBP')) {
    return { format: 'webp', ...readWebpSize(bytes) };
  }
  throw new PictureError(
    'PICTURE_UNKNOWN_FORMAT',
    'The picture is neither PNG, JPEG nor WebP by its first bytes; convert it to one of them.',
  );
}

function readPngSize(bytes: Uint8Array): { width: number; height: number } {
  const view = viewOf(bytes, 33, 'PNG');
  if (view.getUint32(8) !== 13 || !startsWith(bytes, 12, 'IHDR')) {
    throw corrupt('PNG', 'does not begin with an IHDR chunk of 13 bytes');
  }
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** The three kinds of first chunk: RFC 9649, sections 2.5 to 2.7. */
function readWebpSize(bytes: Uint8Array): { width: number; height: number } {
  const view = viewOf(bytes, 30, 'WebP');
  if (view.getUint32(4, true) + 8 > bytes.length) {
    throw corrupt('WebP', `is cut short: ${bytes.length} bytes of ${view.getUint32(4, true) + 8}`);
  }
  if (startsWith(bytes, 12, 'VP8 ') && startsWith(bytes, 23, '\x9d\x01\x2a')) {
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  }
  if (startsWith(bytes, 12, 'VP8L') && bytes[20] === 0x2f) {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (startsWith(bytes, 12, 'VP8X')) {
    if ((view.getUint8(20) & ANIMATED) !== 0) {
      throw new PictureError(
        'PICTURE_UNKNOWN_FORMAT',
        'The picture is an animated WebP; send one still picture.',
      );
    }
    return {
      width: (view.getUint32(24, true) & 0xffffff) + 1,
      height: (view.getUint32(26, true) >>> 8) + 1,
    };
  }
  throw corrupt('WebP', 'does not begin with a VP8, VP8L or VP8X chunk');
}

function viewOf(bytes: Uint8Array, atLeast: number, format: string): DataView {
  if (bytes.length < atLeast) {
    throw corrupt(format, `is cut short: ${bytes.length} bytes, its header alone has ${atLeast}`);
  }
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function startsWith(bytes: Uint8Array, offset: number, magic: string): boolean {
  for (let i = 0; i < magic.length; i++) {
    if (bytes[offset + i] !== magic.charCodeAt(i)) return false;
  }
  return true;
}
