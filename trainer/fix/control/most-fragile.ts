import type { LabelledSet } from '../../data/picture-set.ts';
import { softmax, topClasses } from '../../evaluation/top-class.ts';

/**
 * The pictures that a network gets right, those first whose label leads by the least probability.
 * @param logits of the set, [N,classes]
 * @returns where they lie in the set
 */
export function mostFragile(set: LabelledSet, logits: Float32Array): Uint32Array {
  const classes = set.labelNames.length;
  const top = topClasses(logits, classes);
  const leads = Float64Array.from({ length: set.count }, (_, index) => {
    const row = softmax(logits.subarray(index * classes, (index + 1) * classes));
    const own = row[set.labels[index]!]!;
    return own - Math.max(...row.filter((_, label) => label !== set.labels[index]));
  });
  return Uint32Array.from({ length: set.count }, (_, index) => index)
    .filter((index) => top[index] === set.labels[index])
    .sort((a, b) => leads[a]! - leads[b]! || a - b);
}
