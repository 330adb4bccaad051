import type { PictureSet } from '../../../trainer/data/picture-set.ts';

/** Pictures whose every byte is their number (modulo 256), labelled by its last digit. */
export function numberedPictures({
  count,
  height = 4,
  width = 6,
}: {
  count: number;
  height?: number;
  width?: number;
}): PictureSet {
  const size = height * width * 3;
  return {
    name: 'numbers',
    height,
    width,
    labelNames: Array.from({ length: 10 }, (_, digit) => `ends in ${digit}`),
    count,
    pixels: Uint8Array.from({ length: count * size }, (_, i) => Math.floor(i / size)),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
  };
}
