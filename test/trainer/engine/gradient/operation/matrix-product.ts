import * as tf from '@tensorflow/tfjs';
import type { NdArray } from '../../float64/nd-array.ts';
import * as f64 from '../../float64/operations.ts';
import { type OperationCases, pair, signed } from './cases.ts';

const matMul = (a: NdArray, b: NdArray, transposeA = false, transposeB = false) =>
  pair(
    [a, b],
    (p, q) => tf.matMul(p!, q!, transposeA, transposeB),
    (p, q) => f64.matMul(p!, q!, transposeA, transposeB),
  );

/** Each operand transposed or not. */
export const PRODUCTS: OperationCases = {
  'a b': matMul(signed(3, 4), signed(4, 2)),
  "a b'": matMul(signed(3, 4), signed(2, 4), false, true),
  "a' b": matMul(signed(4, 3), signed(4, 2), true, false),
  "a' b'": matMul(signed(4, 3), signed(2, 4), true, true),
  'in batches': matMul(signed(2, 3, 4), signed(2, 4, 2)),
};
