import { corrupt } from '../picture-error.ts';

/** The colour types of the PNG specification, section 11.2.1. */
export const COLOUR = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgbAlpha: 6 } as const;

export type Colour = (typeof COLOUR)[keyof typeof COLOUR];

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits a sample. */
  readonly depth: number;
  readonly colour: Colour;
  /** Samples a pixel. */
  readonly channels: number;
  readonly interlaced: boolean;
}

const KINDS: readonly { colour: Colour; channels: number; depths: readonly number[] }[] = [
  { colour: COLOUR.grey, channels: 1, depths: [1, 2, 4, 8, 16] },
  { colour: COLOUR.rgb, channels: 3, depths: [8, 16] },
  { colour: COLOUR.palette, channels: 1, depths: [1, 2, 4, 8] },
  { colour: COLOUR.greyAlpha, channels: 2, depths: [8, 16] },
  { colour: COLOUR.rgbAlpha, channels: 4, depths: [8, 16] },
];

/**
 * Reads the 13 bytes of an IHDR chunk.
 * @throws PictureError PICTURE_CORRUPT for what the specification does not define
 */
export function readPngHeader(ihdr: Uint8Array): PngHeader {
  const view = new DataView(ihdr.buffer, ihdr.byteOffset, ihdr.byteLength);
  const [depth, colour, compression, filter, interlace] = ihdr.subarray(8, 13);
  const kind = KINDS.find((known) => known.colour === colour && known.depths.includes(depth!));
  if (kind === undefined) {
    throw corrupt('PNG', `states colour type ${colour} with ${depth} bits, which does not exist`);
  }
  if (compression !== 0 || filter !== 0 || interlace! > 1) {
    throw corrupt('PNG', 'states a compression, filter or interlace method that does not exist');
  }
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth: depth!,
    colour: kind.colour,
    channels: kind.channels,
    interlaced: interlace === 1,
  };
}
