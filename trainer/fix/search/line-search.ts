export interface LineSearchOptions {
  /** How near the smallest share is approached. */
  readonly tolerance: number;
  /** The largest share that is tried, at least 1. */
  readonly most: number;
}

export interface LineSearchResult {
  /** The smallest share found that holds. */
  readonly share: number;
  /** The largest share found below it that does not; 0 where none was found. */
  readonly failing: number;
}

/** How much further each try beyond the whole step goes. */
const GROWTH = 1.5;

/**
 * The smallest step along a direction that still does what it should, by bisection between a share that
 * holds and one that does not. Where the whole step, share 1, does not hold, it is lengthened first.
 * @param known what an earlier, coarser search returned
 * @returns null where no share up to `most` holds
 */
export async function smallestStep(
  holds: (share: number) => Promise<boolean>,
  { tolerance, most }: LineSearchOptions,
  known: LineSearchResult | null = null,
): Promise<LineSearchResult | null> {
  let bounds = known ?? (await holdingStep(holds, most));
  if (!bounds) return null;
  while (bounds.share - bounds.failing > tolerance) {
    const middle: number = (bounds.share + bounds.failing) / 2;
    bounds = (await holds(middle)) ? { ...bounds, share: middle } : { ...bounds, failing: middle };
  }
  return bounds;
}

async function holdingStep(
  holds: (share: number) => Promise<boolean>,
  most: number,
): Promise<LineSearchResult | null> {
  let failing = 0;
  for (let share = 1; share <= most; share *= GROWTH) {
    if (await holds(share)) return { share, failing };
    failing = share;
  }
  return null;
}
