import type { LabelledSet } from '../data/picture-set.ts';
import { topClasses } from './top-class.ts';

/** A picture whose answer an edit changed. */
export interface Flip {
  /** Position in the control set. */
  readonly picture: number;
  readonly label: number;
  readonly before: number;
  readonly after: number;
}

/** What an edit did to pictures that it was not meant for. */
export interface Damage {
  readonly pictures: number;
  /** Error rates on the control set, between 0 and 1. */
  readonly errorBefore: number;
  readonly errorAfter: number;
  /** errorAfter - errorBefore (Sinitsin et al. 2020, section 5). */
  readonly drawdown: number;
  /** Right before, wrong after. */
  readonly negativeFlips: readonly Flip[];
  /** Wrong before, right after. */
  readonly positiveFlips: readonly Flip[];
}

/** Compares the logits [N,classes] of a control set before and after an edit. */
export function measureDamage(set: LabelledSet, before: Float32Array, after: Float32Array): Damage {
  const classes = set.labelNames.length;
  const [old, edited] = [topClasses(before, classes), topClasses(after, classes)];
  const negativeFlips: Flip[] = [];
  const positiveFlips: Flip[] = [];
  for (let picture = 0; picture < set.count; picture++) {
    const label = set.labels[picture]!;
    const flip = { picture, label, before: old[picture]!, after: edited[picture]! };
    if (flip.before === label && flip.after !== label) negativeFlips.push(flip);
    if (flip.before !== label && flip.after === label) positiveFlips.push(flip);
  }
  const [errorBefore, errorAfter] = [errorRate(set, old), errorRate(set, edited)];
  const drawdown = (negativeFlips.length - positiveFlips.length) / set.count;
  return { pictures: set.count, errorBefore, errorAfter, drawdown, negativeFlips, positiveFlips };
}

/** The share of pictures whose top class is not their label. */
export function errorRate(set: LabelledSet, top: ArrayLike<number>): number {
  let wrong = 0;
  for (let picture = 0; picture < set.count; picture++) {
    if (top[picture] !== set.labels[picture]) wrong++;
  }
  return wrong / set.count;
}
