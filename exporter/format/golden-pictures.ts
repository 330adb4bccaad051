import type { RgbPicture } from '../contract/picture/rgb-picture.ts';

export interface NamedPicture {
  readonly name: string;
  readonly picture: RgbPicture;
}

type Shade = (row: number, column: number, channel: number) => number;

/**
 * Synthetic pictures that every runtime is compared on: flat, smooth, blobs and noise, so that both
 * saturated and mixed activations occur. The same size and seed always give the same bytes.
 */
export function goldenPictures(height: number, width: number, seed: number): NamedPicture[] {
  const random = mulberry32(seed);
  const shade = (name: string, value: Shade): NamedPicture => ({
    name,
    picture: { height, width, pixels: paint(height, width, value) },
  });
  return [
    shade('grey', () => 0.5),
    shade('gradient', (row, column, channel) =>
      channel === 0 ? column / width : channel === 1 ? row / height : 1 - column / width,
    ),
    shade('blobs', blobs(height, width, random)),
    shade('noise', () => random()),
  ];
}

function paint(height: number, width: number, value: Shade): Uint8Array {
  const pixels = new Uint8Array(height * width * 3);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < 3; channel++) {
        pixels[(row * width + column) * 3 + channel] = Math.floor(
          255.999 * value(row, column, channel),
        );
      }
    }
  }
  return pixels;
}

function blobs(height: number, width: number, random: () => number): Shade {
  const discs = Array.from({ length: 5 }, () => ({
    row: random() * height,
    column: random() * width,
    radius: (0.15 + 0.35 * random()) * Math.min(height, width),
    colour: [random(), random(), random()] as const,
  }));
  return (row, column, channel) => {
    let value = 0.1;
    for (const disc of discs) {
      const distance = ((row - disc.row) ** 2 + (column - disc.column) ** 2) / disc.radius ** 2;
      const weight = Math.max(0, 1 - distance);
      value += weight * (disc.colour[channel]! - value);
    }
    return value;
  };
}

/** Tommy Ettinger's mulberry32: uniform in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
