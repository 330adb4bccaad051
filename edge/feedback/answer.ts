import { softmax, topPredictions } from '../version/predictions.ts';

/** What a version said of one picture. */
export interface Answer {
  readonly version: number;
  readonly labels: readonly string[];
  readonly logits: Float32Array;
}

/** How many predictions a report keeps. */
const KEPT = 5;

/** What a report says of the answer, the likeliest label first. */
export function reportedPredictions({ labels, logits }: Answer) {
  return topPredictions(softmax(logits), labels, KEPT).map(({ label, probability }) => ({
    label,
    probability,
  }));
}
