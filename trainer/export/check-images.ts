import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import { normalise } from '../../exporter/contract/picture/preprocess.ts';
import { randomFor } from '../data/random.ts';

/**
 * What the graph is checked on: noise of varying contrast around varying greys, so that no picture of a
 * data set is needed and the same images come on every machine.
 * @returns [count,3,H,W]; of more of them, the first are the same
 */
export function checkImages(preprocessing: Preprocessing, count: number): Float32Array {
  const { height, width } = preprocessing;
  const size = height * width * 3;
  const pixels = new Uint8Array(count * size);
  for (let image = 0; image < count; image++) {
    const random = randomFor(1, 'export check', image);
    const [grey, contrast] = [random.integer(256), random.integer(256)];
    const block = 1 + random.integer(8);
    const coarse = Uint8Array.from({ length: Math.ceil(width / block) * 3 * height }, () =>
      Math.max(0, Math.min(255, grey + random.integer(contrast + 1) - (contrast >> 1))),
    );
    for (let index = 0; index < size; index++) {
      const [row, rest] = [Math.floor(index / (width * 3)), index % (width * 3)];
      const [column, channel] = [Math.floor(rest / 3), rest % 3];
      const cell = Math.floor(row / block) * Math.ceil(width / block) + Math.floor(column / block);
      pixels[image * size + index] = coarse[cell * 3 + channel]!;
    }
  }
  return normalise(pixels, preprocessing);
}
