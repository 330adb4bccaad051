/** How many pictures of each class an edit broke and mended. */
export interface ClassFlips {
  /** Right before, wrong after; [classes], by the pictures' labels. */
  readonly negative: number[];
  /** Wrong before, right after; [classes]. */
  readonly positive: number[];
  /** Pictures that were compared. */
  readonly pictures: number;
}

/**
 * Counts flips by class.
 * @param before the answers before the edit, [N]
 * @param after the answers after it, [N]
 * @param counts whether picture `index` takes part; what an edit was made for must not
 */
export function flipsPerClass(
  labels: ArrayLike<number>,
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  classes: number,
  counts: (index: number) => boolean,
): ClassFlips {
  const negative = new Array<number>(classes).fill(0);
  const positive = new Array<number>(classes).fill(0);
  let pictures = 0;
  for (let index = 0; index < labels.length; index++) {
    if (!counts(index)) continue;
    pictures++;
    const label = labels[index]!;
    const [right, stays] = [before[index] === label, after[index] === label];
    if (right && !stays) negative[label] = negative[label]! + 1;
    if (!right && stays) positive[label] = positive[label]! + 1;
  }
  return { negative, positive, pictures };
}

/** The rise of the error rate, between -1 and 1 (Sinitsin et al. 2020, section 5); 0 of no pictures. */
export function drawdown({ negative, positive, pictures }: ClassFlips): number {
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return pictures === 0 ? 0 : (sum(negative) - sum(positive)) / pictures;
}
