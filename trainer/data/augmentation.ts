import type { Random } from './random.ts';

/** How far a picture may be shifted, in pixels, each way. */
const padding = 4;

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
 * of CIFAR-10 (He et al. 2015, section 4.2).
 */
export function randomView(random: Random): View {
  return {
    top: random.integer(2 * padding + 1) - padding,
    left: random.integer(2 * padding + 1) - padding,
    mirrored: random.integer(2) === 1,
  };
}
