import { softmax, topClasses } from '../evaluation/top-class.ts';

/** The rows of pictures that lost their right answer, and how much probability all right answers lost. */
export function lostAnswers(
  { labels, labelNames }: { labels: ArrayLike<number>; labelNames: readonly string[] },
  before: Float32Array,
  after: Float32Array,
  counts: (row: number) => boolean,
): { flipped: number[]; lost: number } {
  const classes = labelNames.length;
  const [old, now] = [topClasses(before, classes), topClasses(after, classes)];
  const probability = (logits: Float32Array, row: number) =>
    softmax(logits.subarray(row * classes, (row + 1) * classes))[labels[row]!]!;
  const flipped: number[] = [];
  let lost = 0;
  for (let row = 0; row < labels.length; row++) {
    if (!counts(row) || old[row] !== labels[row]) continue;
    if (now[row] !== labels[row]) flipped.push(row);
    lost += Math.max(0, probability(before, row) - probability(after, row));
  }
  return { flipped, lost };
}
