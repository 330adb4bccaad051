import { corrupt } from '../picture-error.ts';
import { overWhite } from '../rgba-picture.ts';
import { COLOUR, type PngHeader } from './png-header.ts';

/** Writes the RGB bytes of the pixel whose samples begin at `samples[from]` to `pixels[to]`. */
export type Painter = (samples: Uint16Array, from: number, pixels: Uint8Array, to: number) => void;

/**
 * How samples become RGB over white. 16-bit samples are scaled to 8 bits and rounded; a colour that
 * tRNS names is compared at full depth.
 * @throws PictureError PICTURE_CORRUPT when the palette is missing or malformed
 */
export function painterOf(
  header: PngHeader,
  palette: Uint8Array | null,
  transparency: Uint8Array | null,
): Painter {
  const most = 2 ** header.depth - 1;
  const toByte = (sample: number): number => Math.round((sample * 255) / most);
  switch (header.colour) {
    case COLOUR.palette:
      return palettePainter(palette, transparency);
    case COLOUR.grey: {
      const [clear] = clearColour(transparency, 1);
      return (samples, from, pixels, to) => {
        const grey = samples[from]!;
        pixels.fill(grey === clear ? 255 : toByte(grey), to, to + 3);
      };
    }
    case COLOUR.rgb: {
      const [red, green, blue] = clearColour(transparency, 3);
      return (samples, from, pixels, to) => {
        const r = samples[from]!;
        const g = samples[from + 1]!;
        const b = samples[from + 2]!;
        const clear = r === red && g === green && b === blue;
        pixels[to] = clear ? 255 : toByte(r);
        pixels[to + 1] = clear ? 255 : toByte(g);
        pixels[to + 2] = clear ? 255 : toByte(b);
      };
    }
    case COLOUR.greyAlpha:
      return (samples, from, pixels, to) => {
        const grey = overWhite(toByte(samples[from]!), toByte(samples[from + 1]!));
        pixels.fill(grey, to, to + 3);
      };
    case COLOUR.rgbAlpha:
      return (samples, from, pixels, to) => {
        const alpha = toByte(samples[from + 3]!);
        for (let channel = 0; channel < 3; channel++) {
          pixels[to + channel] = overWhite(toByte(samples[from + channel]!), alpha);
        }
      };
  }
}

function palettePainter(palette: Uint8Array | null, transparency: Uint8Array | null): Painter {
  if (palette === null || palette.length === 0 || palette.length % 3 !== 0) {
    throw corrupt('PNG', 'uses a palette but holds no whole one');
  }
  const colours = palette.map((sample, i) =>
    overWhite(sample, transparency?.[Math.floor(i / 3)] ?? 255),
  );
  return (samples, from, pixels, to) => {
    const start = samples[from]! * 3;
    if (start >= colours.length) {
      throw corrupt('PNG', `uses colour ${samples[from]} of a palette of ${colours.length / 3}`);
    }
    pixels[to] = colours[start]!;
    pixels[to + 1] = colours[start + 1]!;
    pixels[to + 2] = colours[start + 2]!;
  };
}

/** The one colour that tRNS makes transparent, at the picture's depth; empty where there is none. */
function clearColour(transparency: Uint8Array | null, channels: number): number[] {
  if (transparency === null) return [];
  if (transparency.length !== channels * 2) {
    throw corrupt('PNG', `has a tRNS chunk of ${transparency.length} bytes, not ${channels * 2}`);
  }
  const view = new DataView(transparency.buffer, transparency.byteOffset, transparency.byteLength);
  return Array.from({ length: channels }, (_, channel) => view.getUint16(channel * 2));
}
