import type { Fidelity } from '../../exporter/contract/form.ts';
import { largestDifference } from '../../exporter/format/largest-difference.ts';
import type { PictureSet } from '../data/picture-set.ts';
import { errorRate } from '../evaluation/damage.ts';
import { topClasses } from '../evaluation/top-class.ts';

/** What a conversion cost on a set, by logits [N,classes] of the float32 network and of the converted one. */
export function fidelityOf(
  set: PictureSet,
  reference: Float32Array,
  converted: Float32Array,
): Fidelity {
  const classes = set.labelNames.length;
  const [before, after] = [topClasses(reference, classes), topClasses(converted, classes)];
  const same = before.reduce((sum, top, index) => sum + (top === after[index] ? 1 : 0), 0);
  return {
    pictures: set.count,
    agreement: same / set.count,
    maxLogitDifference: largestDifference(converted, reference, classes).difference,
    accuracy: {
      reference: 1 - errorRate(set, before),
      converted: 1 - errorRate(set, after),
    },
  };
}
