import type { PictureSet } from '../data/picture-set.ts';
import { softmax, topClasses } from '../evaluation/top-class.ts';
import { DemoError } from './demo-error.ts';

/** A picture that the network gets wrong. */
export interface Mistake {
  readonly picture: number;
  readonly label: number;
  readonly answer: number;
  /** The network's probability for its wrong answer. */
  readonly confidence: number;
}

/**
 * The mistake that the network is surest of: the kind that costs most.
 * @param logits of the set, [N,classes]
 * @throws DemoError NO_MISTAKE when there is none
 */
export function surestMistake(set: PictureSet, logits: Float32Array): Mistake {
  const classes = set.labelNames.length;
  const top = topClasses(logits, classes);
  let surest: Mistake | null = null;
  for (let picture = 0; picture < set.count; picture++) {
    const [label, answer] = [set.labels[picture]!, top[picture]!];
    if (answer === label) continue;
    const row = logits.subarray(picture * classes, (picture + 1) * classes);
    const confidence = softmax(row)[answer]!;
    if (!surest || confidence > surest.confidence) surest = { picture, label, answer, confidence };
  }
  if (surest) return surest;
  throw new DemoError('NO_MISTAKE', `The network gets all of ${set.name} right; nothing to fix.`);
}
