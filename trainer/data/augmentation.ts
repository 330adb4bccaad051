import type { Random } from './random.ts';

/** How far a picture may be shifted, in pixels, each way: an eighth of it at most. */
const MOST_PADDING = 4;

/** One way to see a picture: shifted, then perhaps mirrored. */
export interface View {
  /** Rows and columns of the picture that fall off at the top and left; negative ones are padded. */
  readonly top: number;
  readonly left: number;
  readonly mirrored: boolean;
}

/** The picture as it is. */
export const plainView: View = { top: 0, left: 0, mirrored: false };

/**
 * A random crop of the picture padded by four pixels, mirrored half of the time: the usual augmentation
 * of CIFAR-10 (He et al. 2015, section 4.2). Pictures smaller than those are padded in proportion.
 * @param side height or width of the picture, the smaller of them, in pixels
 */
export function randomView(random: Random, side: number): View {
  const padding = Math.min(MOST_PADDING, Math.round(side / 8));
  return {
    top: random.integer(2 * padding + 1) - padding,
    left: random.integer(2 * padding + 1) - padding,
    mirrored: random.integer(2) === 1,
  };
}
