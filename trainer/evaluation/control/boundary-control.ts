import { type PictureSet, subset } from '../../data/picture-set.ts';
import { softmax } from '../top-class.ts';
import type { ControlSet } from './control-set.ts';

/** How near the two most probable classes of a boundary picture are. */
const GAP = 0.05;

/** How much more probable the first class is than the second, by rows of logits [N,classes]: [N]. */
export function topTwoGaps(logits: Float32Array, classes: number): Float64Array {
  return Float64Array.from({ length: logits.length / classes }, (_, row) => {
    let [first, second] = [0, 0];
    for (const probability of softmax(logits.subarray(row * classes, (row + 1) * classes))) {
      if (probability > first) [first, second] = [probability, first];
      else if (probability > second) second = probability;
    }
    return first - second;
  });
}

/** Rows of logits [N,classes] whose two most probable classes are less than 0.05 apart. */
export function boundaryRows(logits: Float32Array, classes: number): Uint32Array {
  const gaps = topTwoGaps(logits, classes);
  return Uint32Array.from(gaps.keys()).filter((row) => gaps[row]! < GAP);
}

/**
 * The pictures that the network barely decides: its two most probable classes are less than 0.05 apart.
 * There may be none.
 * @param logits of the network before any fix, [N,classes]
 */
export function boundaryControl(set: PictureSet, logits: Float32Array): ControlSet {
  const sources = boundaryRows(logits, set.labelNames.length);
  return { kind: 'boundary', sources, set: subset(set, sources, `${set.name}-boundary`) };
}
