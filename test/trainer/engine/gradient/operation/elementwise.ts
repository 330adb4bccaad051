import * as tf from '@tensorflow/tfjs';
import { binary, type OperationCases, positive, signed, unary } from './cases.ts';

/** With and without broadcasting, and masks. */
export const ELEMENTWISE: OperationCases = {
  relu: unary(signed(2, 3, 3, 4), tf.relu, (x) => Math.max(x, 0)),
  'step times x': unary(
    signed(3, 4),
    (x) => tf.mul(tf.step(x), x),
    (x) => Math.max(x, 0),
  ),
  abs: unary(signed(3, 4), tf.abs, Math.abs),
  'sign times square': unary(
    signed(3, 4),
    (x) => tf.mul(tf.sign(x), tf.square(x)),
    (x) => Math.sign(x) * x ** 2,
  ),
  neg: unary(signed(3, 4), tf.neg, (x) => -x),
  square: unary(signed(3, 4), tf.square, (x) => x ** 2),
  sqrt: unary(positive(3, 4), tf.sqrt, Math.sqrt),
  rsqrt: unary(positive(3, 4), tf.rsqrt, (x) => 1 / Math.sqrt(x)),
  reciprocal: unary(positive(3, 4), tf.reciprocal, (x) => 1 / x),
  exp: unary(signed(3, 4), tf.exp, Math.exp),
  log: unary(positive(3, 4), tf.log, Math.log),
  sigmoid: unary(signed(3, 4), tf.sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  tanh: unary(signed(3, 4), tf.tanh, Math.tanh),
  'power 3': unary(
    signed(3, 4),
    (x) => tf.pow(x, 3),
    (x) => x ** 3,
  ),
  'power by a vector': binary([positive(3, 4), signed(4)], tf.pow, (a, b) => a ** b),
  'add a channel vector': binary([signed(2, 3, 3, 4), signed(4)], tf.add, (a, b) => a + b),
  'subtract from a scalar': binary([signed(), signed(3, 4)], tf.sub, (a, b) => a - b),
  'multiply by a channel vector': binary([signed(2, 3, 3, 4), signed(4)], tf.mul, (a, b) => a * b),
  'multiply by a column': binary([signed(3, 4), signed(3, 1)], tf.mul, (a, b) => a * b),
  'multiply alike': binary([signed(3, 4), signed(3, 4)], tf.mul, (a, b) => a * b),
  'divide by a channel vector': binary([signed(2, 3, 3, 4), positive(4)], tf.div, (a, b) => a / b),
  'squared difference': binary(
    [signed(3, 4), signed(3, 4)],
    tf.squaredDifference,
    (a, b) => (a - b) ** 2,
  ),
  maximum: binary([signed(3, 4), signed(3, 4)], tf.maximum, Math.max),
  minimum: binary([signed(3, 4), signed(3, 4)], tf.minimum, Math.min),
  'mask by greater': binary(
    [signed(3, 4), signed(3, 4)],
    (a, b) => tf.mul(tf.cast(tf.greater(a, b), 'float32'), tf.mul(a, b)),
    (a, b) => (a > b ? a * b : 0),
  ),
  'mask by less': binary(
    [signed(3, 4), signed(3, 4)],
    (a, b) => tf.mul(tf.cast(tf.less(a, b), 'float32'), tf.square(a)),
    (a, b) => (a < b ? a ** 2 : 0),
  ),
  'where greater': binary(
    [signed(3, 4), signed(3, 4)],
    (a, b) => tf.where(tf.greater(a, b), tf.square(a), tf.mul(a, b)),
    (a, b) => (a > b ? a ** 2 : a * b),
  ),
  'where both of two comparisons': binary(
    [signed(3, 4), signed(3, 4)],
    (a, b) => tf.where(tf.logicalAnd(tf.greater(a, 0), tf.lessEqual(b, 0.2)), tf.square(a), b),
    (a, b) => (a > 0 && b <= 0.2 ? a ** 2 : b),
  ),
  'sum of three': binary(
    [signed(3, 4), signed(3, 4)],
    (a, b) => tf.addN([a, tf.square(b), a]),
    (a, b) => 2 * a + b ** 2,
  ),
};
