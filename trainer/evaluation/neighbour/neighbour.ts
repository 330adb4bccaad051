import { createHash } from 'node:crypto';
import type { RgbPicture } from '../../../exporter/contract/picture/rgb-picture.ts';
import { type Random, randomFor } from '../../data/random.ts';
import { changeBrightness } from '../control/corruption/brightness.ts';
import { addGaussianNoise } from '../control/corruption/gaussian-noise.ts';
import { viewOf } from './view-of.ts';

/** How a neighbour differs from the edited picture. */
export const NEIGHBOUR_KINDS = ['shift', 'flip', 'noise', 'brightness'] as const;
export type NeighbourKind = (typeof NEIGHBOUR_KINDS)[number];

/** A picture that shows the same as an edited one, and should get the same answer. */
export interface Neighbour {
  readonly kind: NeighbourKind;
  readonly picture: RgbPicture;
}

/** Neighbours of each kind; there is one flip. */
const COUNT: Readonly<Record<NeighbourKind, number>> = {
  shift: 4,
  flip: 1,
  noise: 4,
  brightness: 4,
};

/** Draws for one neighbour, of which the first that is new is taken. */
const ATTEMPTS = 16;

const MOST_SHIFT = 4;
const NOISE_DEVIATION = 0.04;
const BRIGHTNESS_CHANGES = [0.05, 0.15] as const;

/**
 * The neighbours of a picture by kind, drawn by the seed and the picture alone:
 * - `shift`, four crops of the picture padded with black, shifted by 1 to 4 pixels along either axis or
 *   both (the augmentation of training);
 * - `flip`, the picture mirrored left to right;
 * - `noise`, four with Gaussian noise of standard deviation 0.04 of white (the mildest of CIFAR-10-C);
 * - `brightness`, four made brighter or darker by 0.05 to 0.15 of white in the value of HSV.
 *
 * None has the bytes of the picture or of another neighbour, so that there are fewer where a picture
 * leaves no more: a symmetrical one has no flip.
 */
export function neighboursOf(picture: RgbPicture, seed: number): Neighbour[] {
  const digest = digestOf(picture);
  const seen = new Set([digest]);
  const neighbours: Neighbour[] = [];
  for (const kind of NEIGHBOUR_KINDS) {
    const random = randomFor(seed, 'neighbours', kind, digest);
    for (let index = 0; index < COUNT[kind]; index++) {
      const neighbour = drawUnseen(() => vary(picture, kind, random), seen);
      if (neighbour) neighbours.push({ kind, picture: neighbour });
    }
  }
  return neighbours;
}

function drawUnseen(draw: () => RgbPicture, seen: Set<string>): RgbPicture | null {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const picture = draw();
    const digest = digestOf(picture);
    if (seen.has(digest)) continue;
    seen.add(digest);
    return picture;
  }
  return null;
}

function vary(picture: RgbPicture, kind: NeighbourKind, random: Random): RgbPicture {
  switch (kind) {
    case 'shift': {
      const offset = () => random.integer(2 * MOST_SHIFT + 1) - MOST_SHIFT;
      return viewOf(picture, { top: offset(), left: offset(), mirrored: false });
    }
    case 'flip':
      return viewOf(picture, { top: 0, left: 0, mirrored: true });
    case 'noise':
      return addGaussianNoise(picture, NOISE_DEVIATION, random);
    case 'brightness': {
      const change = random.between(...BRIGHTNESS_CHANGES);
      return changeBrightness(picture, random.chance(0.5) ? change : -change);
    }
  }
}

function digestOf({ pixels }: RgbPicture): string {
  return createHash('sha256').update(pixels).digest('hex');
}
