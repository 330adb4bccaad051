import type { Random } from './random.ts';

/** How far a picture may be shifted, in pixels, each way: an eighth of it at most. */
const MOST_PADDING = 4;

/** One way to see a picture: shifted, then perhaps mirrored, then perhaps hidden in part. */
export interface View {
  /** Rows and columns of the picture that fall off at the top and left; negative ones are padded. */
  readonly top: number;
  readonly left: number;
  readonly mirrored: boolean;
  readonly hole?: Hole;
}

/** A square of a view that is hidden. It may reach over the edges. */
export interface Hole {
  readonly top: number;
  readonly left: number;
  readonly side: number;
}

/** Of a picture, in pixels. */
interface Size {
  readonly height: number;
  readonly width: number;
}

/** The picture as it is. */
export const plainView: View = { top: 0, left: 0, mirrored: false };

/**
 * A random crop of the picture padded by four pixels, mirrored half of the time: the usual augmentation
 * of CIFAR-10 (He et al. 2015, section 4.2). Pictures smaller than those are padded in proportion.
 */
export function randomView(random: Random, { height, width }: Size): View {
  const padding = Math.min(MOST_PADDING, Math.round(Math.min(height, width) / 8));
  return {
    top: random.integer(2 * padding + 1) - padding,
    left: random.integer(2 * padding + 1) - padding,
    mirrored: random.integer(2) === 1,
  };
}

/** Cutout: a square of that side around a random pixel (DeVries & Taylor 2017, arXiv 1708.04552). */
export function randomHole(random: Random, { height, width }: Size, side: number): Hole {
  const before = Math.floor(side / 2);
  return { top: random.integer(height) - before, left: random.integer(width) - before, side };
}
