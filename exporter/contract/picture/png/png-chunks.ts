import { corrupt } from '../picture-error.ts';

/** The chunks of a PNG that decide its pixels. */
export interface PngChunks {
  readonly header: Uint8Array;
  readonly palette: Uint8Array | null;
  readonly transparency: Uint8Array | null;
  /** The IDAT chunks in order: together one zlib stream. */
  readonly data: readonly Uint8Array[];
}

/**
 * Splits a PNG into its chunks and checks the CRC of those that matter; others, such as text and colour
 * profiles, are not read. `bytes` begin with the signature and an IHDR (PNG specification, section 5).
 * @throws PictureError PICTURE_CORRUPT
 */
export function readPngChunks(bytes: Uint8Array): PngChunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<string, Uint8Array>();
  const data: Uint8Array[] = [];
  let offset = 8;
  while (true) {
    if (offset + 12 > bytes.length) throw corrupt('PNG', `is cut short at byte ${bytes.length}`);
    const length = view.getUint32(offset);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    const end = offset + 8 + length;
    if (end + 4 > bytes.length) {
      throw corrupt('PNG', `is cut short in its ${type} chunk at byte ${offset}`);
    }
    if (type === 'IEND') break;
    if (type === 'IHDR' || type === 'PLTE' || type === 'tRNS' || type === 'IDAT') {
      if (crc32(bytes.subarray(offset + 4, end)) !== view.getUint32(end)) {
        throw corrupt('PNG', `has a wrong checksum in its ${type} chunk at byte ${offset}`);
      }
      const content = bytes.subarray(offset + 8, end);
      if (type === 'IDAT') data.push(content);
      else if (found.has(type)) throw corrupt('PNG', `has two ${type} chunks`);
      else found.set(type, content);
    } else if (isCritical(type)) {
      throw corrupt('PNG', `has an unknown critical chunk at byte ${offset}`);
    }
    offset = end + 4;
  }
  const header = found.get('IHDR');
  if (header === undefined || data.length === 0) throw corrupt('PNG', 'holds no picture data');
  return {
    header,
    palette: found.get('PLTE') ?? null,
    transparency: found.get('tRNS') ?? null,
    data,
  };
}

/** A chunk is critical when its type begins with a capital letter. */
function isCritical(type: string): boolean {
  return (type.charCodeAt(0) & 0x20) === 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? 0xedb88320 ^ (remainder >>> 1) : remainder >>> 1;
  }
  return remainder;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    crc = CRC_TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
