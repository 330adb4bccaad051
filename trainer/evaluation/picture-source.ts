import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import { plainView } from '../data/augmentation.ts';
import { inputWriter } from '../data/network-input.ts';
import type { PictureSet } from '../data/picture-set.ts';
import type { ActivationSource, BatchRange } from './run-batches.ts';

/** The pictures of a set as the network takes them, made anew at every read. */
export function pictureSource(
  set: PictureSet,
  preprocessing: Preprocessing,
  ranges: readonly BatchRange[],
): ActivationSource {
  const write = inputWriter(set, preprocessing);
  const shape = [3, set.height, set.width];
  return {
    shape,
    read: async (index) => {
      const { start, size } = ranges[index]!;
      const images = new Float32Array(size * 3 * set.height * set.width);
      const present = Math.min(size, set.count - start);
      for (let slot = 0; slot < present; slot++) write(start + slot, plainView, images, slot);
      return images;
    },
  };
}

/** Images [N,3,H,W], or activations [N,H,W,C], that are there already. */
export function arraySource(
  images: Float32Array,
  shape: readonly number[],
  ranges: readonly BatchRange[],
): ActivationSource {
  const length = shape.reduce((product, size) => product * size, 1);
  return {
    shape,
    read: async (index) => {
      const { start, size } = ranges[index]!;
      const present = images.subarray(start * length, (start + size) * length);
      if (present.length === size * length) return present;
      const filled = new Float32Array(size * length);
      filled.set(present);
      return filled;
    },
  };
}
