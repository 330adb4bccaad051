import type { Weights } from '../../network/weights.ts';

/**
 * How far edits moved a network: the L2 norm of the change over that of what it changed, taken together
 * over the tensors in which the two differ; 0 where they differ in none.
 */
export function weightDrift(before: Weights, after: Weights): number {
  let [change, size] = [0, 0];
  for (const [name, { data }] of before) {
    const other = after.get(name)!.data;
    if (other === data) continue;
    let [difference, norm] = [0, 0];
    for (let index = 0; index < data.length; index++) {
      difference += (other[index]! - data[index]!) ** 2;
      norm += data[index]! ** 2;
    }
    if (difference === 0) continue;
    change += difference;
    size += norm;
  }
  return change === 0 ? 0 : Math.sqrt(change / size);
}
