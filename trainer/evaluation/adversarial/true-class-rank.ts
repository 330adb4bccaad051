import type { PictureSet } from '../../data/picture-set.ts';

/**
 * Where the true class of each picture stands among the network's answers: 1 is the answer, and of equal
 * logits the first class stands before the others.
 * @param logits [N,classes]
 * @returns [N]
 */
export function trueClassRanks(
  { count, labels, labelNames }: Pick<PictureSet, 'count' | 'labels' | 'labelNames'>,
  logits: Float32Array,
): Uint16Array {
  const classes = labelNames.length;
  return Uint16Array.from({ length: count }, (_, picture) => {
    const row = logits.subarray(picture * classes, (picture + 1) * classes);
    const label = labels[picture]!;
    const own = row[label]!;
    return row.reduce(
      (rank, logit, index) => rank + (logit > own || (logit === own && index < label) ? 1 : 0),
      1,
    );
  });
}

export interface RankReport {
  readonly pictures: number;
  /** The share of pictures whose true class is the answer. */
  readonly accuracy: number;
  /** The share of pictures whose true class is among the first five answers. */
  readonly topFive: number;
  readonly meanRank: number;
  /** [N], see `trueClassRanks`. */
  readonly ranks: Uint16Array;
}

/** How near the network is to the true classes of pictures, of which there is at least one. */
export function rankReport(
  set: Pick<PictureSet, 'count' | 'labels' | 'labelNames'>,
  logits: Float32Array,
): RankReport {
  const ranks = trueClassRanks(set, logits);
  const share = (atMost: number) => ranks.filter((rank) => rank <= atMost).length / ranks.length;
  return {
    pictures: ranks.length,
    accuracy: share(1),
    topFive: share(5),
    meanRank: ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length,
    ranks,
  };
}
