import { corrupt } from './picture-error.ts';

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/** More scans than any encoder writes; each costs a pass over the whole picture. */
const MOST_SCANS = 100;

interface Marker {
  readonly code: number;
  /** Where the segment's length field lies; the end of the marker where it has none. */
  readonly offset: number;
}

/**
 * The size in a JPEG's frame header, found by walking its markers (ITU-T T.81, annex B).
 * @throws PictureError PICTURE_CORRUPT where there is no readable frame header
 */
export function readJpegSize(bytes: Uint8Array): { width: number; height: number } {
  for (const { code, offset } of markers(bytes)) {
    if (isStartOfFrame(code)) {
      if (offset + 7 > bytes.length) break;
      return { height: uint16(bytes, offset + 3), width: uint16(bytes, offset + 5) };
    }
    if (code === START_OF_SCAN) break;
  }
  throw corrupt('JPEG', 'has no frame header');
}

/**
 * Refuses what the decoder would take: a file cut short, whose missing part it paints grey, and scans
 * without end, each of which it pays for with a pass over the picture.
 * @throws PictureError PICTURE_CORRUPT
 */
export function checkJpegScans(bytes: Uint8Array): void {
  let scans = 0;
  for (const { code } of markers(bytes)) {
    if (code === START_OF_SCAN) scans++;
    if (scans > MOST_SCANS) throw corrupt('JPEG', `has more than ${MOST_SCANS} scans`);
    if (code === END_OF_IMAGE && scans > 0) return;
  }
  throw corrupt('JPEG', `is cut short: no end-of-image marker in ${bytes.length} bytes`);
}

/** Each marker after the first, until the end of the image or of the bytes. */
function* markers(bytes: Uint8Array): Generator<Marker> {
  let offset = 2;
  while (true) {
    offset = bytes.indexOf(0xff, offset);
    if (offset < 0 || offset + 1 >= bytes.length) return;
    const code = bytes[offset + 1]!;
    if (code === 0xff) {
      offset += 1;
      continue;
    }
    offset += 2;
    if (isInsideScan(code)) continue;
    yield { code, offset };
    if (code === END_OF_IMAGE) return;
    if (offset + 2 > bytes.length) return;
    offset += Math.max(2, uint16(bytes, offset));
  }
}

/** A stuffed zero, a restart marker or TEM: they carry no length. */
function isInsideScan(code: number): boolean {
  return code <= 0x01 || (code >= 0xd0 && code <= 0xd8);
}

/** SOF0 to SOF15 without DHT, JPG and DAC, which lie among them. */
function isStartOfFrame(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}

function uint16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}
