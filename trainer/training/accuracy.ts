import type { PictureSet } from '../data/picture-set.ts';
import { topClasses } from '../evaluation/top-class.ts';

/** The share of the pictures whose largest logit is that of their label. @param logits [N,classes] */
export function accuracyOf(
  logits: Float32Array,
  { labels, count, labelNames }: PictureSet,
): number {
  const answers = [...topClasses(logits, labelNames.length)];
  return answers.filter((answer, row) => answer === labels[row]).length / count;
}
