import * as tf from '@tensorflow/tfjs';
import { at, build } from '../../float64/nd-array.ts';
import * as f64 from '../../float64/operations.ts';
import { type OperationCases, pair, signed } from './cases.ts';

/** What only moves elements. */
export const SHAPES: OperationCases = {
  'transpose of rank 2': pair(
    [signed(3, 4)],
    (x) => tf.transpose(x!),
    (x) => f64.transpose(x!, [1, 0]),
  ),
  'transpose of rank 4': pair(
    [signed(2, 3, 4, 2)],
    (x) => tf.transpose(x!, [2, 3, 1, 0]),
    (x) => f64.transpose(x!, [2, 3, 1, 0]),
  ),
  reshape: pair(
    [signed(2, 3, 4)],
    (x) => tf.reshape(tf.square(x!), [4, 6]),
    (x) => ({ shape: [4, 6], data: x!.data.map((value) => value ** 2) }),
  ),
  'expand dimensions': pair(
    [signed(3, 4)],
    (x) => tf.expandDims(tf.square(x!), 1),
    (x) => ({ shape: [3, 1, 4], data: x!.data.map((value) => value ** 2) }),
  ),
  slice: pair(
    [signed(3, 5)],
    (x) => tf.slice(x!, [1, 2], [2, 2]),
    (x) => build([2, 2], ([i, j]) => at(x!, [i! + 1, j! + 2])),
  ),
  pad: pair(
    [signed(2, 3)],
    (x) =>
      tf.pad(x!, [
        [1, 0],
        [0, 2],
      ]),
    (x) => build([3, 5], ([i, j]) => at(x!, [i! - 1, j!])),
  ),
  tile: pair(
    [signed(2, 3)],
    (x) => tf.tile(x!, [2, 1]),
    (x) => build([4, 3], ([i, j]) => at(x!, [i! % 2, j!])),
  ),
  'broadcast to': pair(
    [signed(1, 3)],
    (x) => tf.broadcastTo(x!, [4, 3]),
    (x) => build([4, 3], ([, j]) => at(x!, [0, j!])),
  ),
};
