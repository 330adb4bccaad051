export interface Prediction {
  readonly label: string;
  /** Of the label, among the model's. */
  readonly index: number;
  readonly probability: number;
}

/** The `count` likeliest labels, likeliest first; of equals, the one that is listed first. */
export function topPredictions(
  probabilities: readonly number[],
  labels: readonly string[],
  count: number,
): Prediction[] {
  return labels
    .map((label, index) => ({ label, index, probability: probabilities[index] ?? 0 }))
    .sort((a, b) => b.probability - a.probability || a.index - b.index)
    .slice(0, count);
}

/** In double precision, with the largest logit taken off so that no exponential overflows. */
export function softmax(logits: Float32Array): number[] {
  const largest = Math.max(...logits);
  const exponentials = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}
