/** The class of the largest logit in each row of logits [N,classes]; the first where several tie. */
export function topClasses(logits: Float32Array, classes: number): Uint16Array {
  const rows = logits.length / classes;
  return Uint16Array.from({ length: rows }, (_, row) => topClass(logits, classes, row));
}

function topClass(logits: Float32Array, classes: number, row: number): number {
  let best = 0;
  for (let index = 1; index < classes; index++) {
    if (logits[row * classes + index]! > logits[row * classes + best]!) best = index;
  }
  return best;
}

/** The probabilities of one row of logits, summing to 1. */
export function softmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
