import * as tf from '@tensorflow/tfjs';
import { logSoftmax } from '../../../../trainer/engine/gradient/log-softmax.ts';
import { maxPool3x3 } from '../../../../trainer/engine/gradient/max-pool.ts';
import { at, build, type NdArray } from '../float64/nd-array.ts';
import * as f64 from '../float64/operations.ts';
import { RandomArrays } from '../float64/random-array.ts';
import type { FunctionPair } from './compare-derivatives.ts';

const random = new RandomArrays(1);
const signed = (...shape: number[]) => random.signed(shape);
const positive = (...shape: number[]) => random.between(0.3, 2, shape);
const distinct = (...shape: number[]) => random.distinct(shape);

function pair(
  operands: NdArray[],
  tensors: FunctionPair['tensors'],
  float64: FunctionPair['float64'],
): FunctionPair {
  return { operands, tensors, float64 };
}

function unary(x: NdArray, tensors: (x: tf.Tensor) => tf.Tensor, float64: (x: number) => number) {
  return pair([x], tensors, (operand) => f64.map(operand!, float64));
}

function binary(
  operands: [NdArray, NdArray],
  tensors: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  float64: (a: number, b: number) => number,
) {
  return pair(operands, tensors as FunctionPair['tensors'], (a, b) => f64.combine(a!, b!, float64));
}

const explicit = (padding: number): tf.backend_util.ExplicitPadding => [
  [0, 0],
  [padding, padding],
  [padding, padding],
  [0, 0],
];

const conv2d = (
  x: NdArray,
  filter: NdArray,
  stride: number,
  pad: number | 'same' | 'valid' | tf.backend_util.ExplicitPadding,
  padding: Parameters<typeof f64.convolve>[3],
) =>
  pair(
    [x, filter],
    (a, w) => tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
    (a, w) => f64.convolve(a!, w!, stride, padding),
  );

/** As the network does it: pictures [N,C,H,W], filters [O,I,H,W]. */
const torchConv2d = (x: NdArray, filter: NdArray, stride: number, padding: number) =>
  pair(
    [x, filter],
    (a, w) =>
      tf.conv2d(
        tf.transpose(a as tf.Tensor4D, [0, 2, 3, 1]),
        tf.transpose(w as tf.Tensor4D, [2, 3, 1, 0]),
        stride,
        explicit(padding),
      ),
    (a, w) =>
      f64.convolve(
        f64.transpose(a!, [0, 2, 3, 1]),
        f64.transpose(w!, [2, 3, 1, 0]),
        stride,
        padding,
      ),
  );

const CONVOLUTIONS: Record<string, FunctionPair> = {
  '3x3, stride 1, padding 1': conv2d(signed(2, 5, 6, 3), signed(3, 3, 3, 4), 1, explicit(1), 1),
  '3x3, stride 1, same': conv2d(signed(2, 5, 6, 3), signed(3, 3, 3, 4), 1, 'same', 1),
  '3x3, stride 1, many small planes': conv2d(
    signed(8, 4, 4, 2),
    signed(3, 3, 2, 3),
    1,
    explicit(1),
    1,
  ),
  '3x3, stride 1, sixteen channels': conv2d(
    signed(1, 4, 5, 16),
    signed(3, 3, 16, 2),
    1,
    explicit(1),
    1,
  ),
  '3x3, stride 2, padding 1, even plane': conv2d(
    signed(2, 6, 8, 3),
    signed(3, 3, 3, 2),
    2,
    explicit(1),
    1,
  ),
  '3x3, stride 2, padding 1, odd plane': conv2d(
    signed(2, 5, 7, 3),
    signed(3, 3, 3, 2),
    2,
    explicit(1),
    1,
  ),
  '3x3, stride 2, same, even plane': conv2d(
    signed(2, 6, 6, 2),
    signed(3, 3, 2, 2),
    2,
    'same',
    [0, 1, 0, 1],
  ),
  '1x1, stride 1': conv2d(signed(2, 4, 5, 3), signed(1, 1, 3, 4), 1, explicit(0), 0),
  '1x1, stride 2, padding 0': conv2d(signed(2, 6, 6, 3), signed(1, 1, 3, 4), 2, explicit(0), 0),
  '1x1, stride 2, odd plane, valid': conv2d(signed(2, 5, 5, 3), signed(1, 1, 3, 4), 2, 'valid', 0),
  '7x7, stride 2, padding 3, even plane': conv2d(
    signed(1, 10, 8, 3),
    signed(7, 7, 3, 2),
    2,
    explicit(3),
    3,
  ),
  '7x7, stride 2, padding 3, odd plane': conv2d(
    signed(1, 9, 9, 2),
    signed(7, 7, 2, 2),
    2,
    explicit(3),
    3,
  ),
  'transposed from [N,C,H,W] and [O,I,H,W], stride 1': torchConv2d(
    signed(2, 3, 5, 6),
    signed(4, 3, 3, 3),
    1,
    1,
  ),
  'transposed from [N,C,H,W] and [O,I,H,W], stride 2': torchConv2d(
    signed(2, 3, 6, 6),
    signed(4, 3, 3, 3),
    2,
    1,
  ),
};

const ELEMENTWISE: Record<string, FunctionPair> = {
  relu: unary(signed(2, 3, 3, 4), tf.relu, (x) => Math.max(x, 0)),
  'step times x': unary(
    signed(3, 4),
    (x) => tf.mul(tf.step(x), x),
    (x) => (x > 0 ? x : 0),
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

const reduced = (
  x: NdArray,
  tensors: (x: tf.Tensor) => tf.Tensor,
  f: (values: number[]) => number,
  axes?: number[],
  keepDims?: boolean,
) => pair([x], tensors, (operand) => f64.reduce(operand!, f, axes, keepDims));

const largest = (values: number[]) => Math.max(...values);

const REDUCTIONS: Record<string, FunctionPair> = {
  'sum of all': reduced(signed(2, 3), (x) => tf.sum(x), f64.total),
  'sum over batch and plane': reduced(
    signed(2, 3, 3, 4),
    (x) => tf.sum(x, [0, 1, 2]),
    f64.total,
    [0, 1, 2],
  ),
  'sum over the last axis, kept': reduced(
    signed(3, 4),
    (x) => tf.sum(x, -1, true),
    f64.total,
    [1],
    true,
  ),
  'mean of all': reduced(signed(2, 3), (x) => tf.mean(x), f64.average),
  'mean over the plane': reduced(
    signed(2, 3, 3, 4),
    (x) => tf.mean(x, [1, 2]),
    f64.average,
    [1, 2],
  ),
  'mean over batch and plane, kept': reduced(
    signed(2, 3, 3, 4),
    (x) => tf.mean(x, [0, 1, 2], true),
    f64.average,
    [0, 1, 2],
    true,
  ),
  'maximum over the last axis': reduced(distinct(3, 5), (x) => tf.max(x, -1), largest, [1]),
  'maximum over the last axis, kept': reduced(
    distinct(3, 5),
    (x) => tf.max(x, 1, true),
    largest,
    [1],
    true,
  ),
  'minimum over the first axis': reduced(
    distinct(3, 5),
    (x) => tf.min(x, 0),
    (values) => Math.min(...values),
    [0],
  ),
};

const SHAPES: Record<string, FunctionPair> = {
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

const matMul = (a: NdArray, b: NdArray, transposeA = false, transposeB = false) =>
  pair(
    [a, b],
    (p, q) => tf.matMul(p!, q!, transposeA, transposeB),
    (p, q) => f64.matMul(p!, q!, transposeA, transposeB),
  );

const PRODUCTS: Record<string, FunctionPair> = {
  'a b': matMul(signed(3, 4), signed(4, 2)),
  "a b'": matMul(signed(3, 4), signed(2, 4), false, true),
  "a' b": matMul(signed(4, 3), signed(4, 2), true, false),
  "a' b'": matMul(signed(4, 3), signed(2, 4), true, true),
  'in batches': matMul(signed(2, 3, 4), signed(2, 4, 2)),
};

const LABELS: NdArray = { shape: [2, 4], data: Float64Array.of(0, 0, 1, 0, 0.25, 0.5, 0, 0.25) };
const labels = () => tf.tensor([...LABELS.data], [2, 4]);

const batchNorm64 = (x: NdArray, scale: NdArray, offset: NdArray) => {
  const centred = f64.sub(x, f64.reduce(x, f64.average, [0, 1, 2]));
  const variance = f64.reduce(
    f64.map(centred, (value) => value ** 2),
    f64.average,
    [0, 1, 2],
  );
  const factor = f64.mul(
    scale,
    f64.map(variance, (value) => 1 / Math.sqrt(value + 1e-5)),
  );
  return f64.add(f64.mul(centred, factor), offset);
};

const COMPOSITIONS: Record<string, FunctionPair> = {
  'max-pooling, even plane': pair(
    [distinct(2, 4, 6, 2)],
    (x) => maxPool3x3(x as tf.Tensor4D),
    (x) => f64.maxPool3x3(x!),
  ),
  'max-pooling, odd plane': pair(
    [distinct(1, 5, 7, 2)],
    (x) => maxPool3x3(x as tf.Tensor4D),
    (x) => f64.maxPool3x3(x!),
  ),
  'max-pooling of a single element': pair(
    [distinct(2, 1, 1, 2)],
    (x) => maxPool3x3(x as tf.Tensor4D),
    (x) => f64.maxPool3x3(x!),
  ),
  'log softmax': pair(
    [signed(3, 4)],
    (x) => logSoftmax(x!),
    (x) => f64.logSoftmax(x!),
  ),
  'log softmax of logits whose exponential overflows': pair(
    [signed(3, 4)],
    (x) => logSoftmax(tf.add(x!, 100)),
    (x) => f64.logSoftmax(x!),
  ),
  softmax: pair(
    [signed(3, 4)],
    (x) => tf.exp(logSoftmax(x!)),
    (x) => f64.map(f64.logSoftmax(x!), Math.exp),
  ),
  'cross-entropy of a dense layer': pair(
    [signed(2, 3), signed(3, 4), signed(4)],
    (x, w, b) => {
      const logits = tf.add(tf.matMul(x!, w!), b!);
      return tf.neg(tf.mean(tf.sum(tf.mul(labels(), logSoftmax(logits)), -1)));
    },
    (x, w, b) => f64.crossEntropy(f64.add(f64.matMul(x!, w!), b!), LABELS),
  ),
  'batch normalisation by the batch': pair(
    [signed(2, 3, 3, 2), signed(2), signed(2)],
    (x, scale, offset) => {
      const centred = tf.sub(x!, tf.mean(x!, [0, 1, 2]));
      const variance = tf.mean(tf.square(centred), [0, 1, 2]);
      const factor = tf.mul(scale!, tf.rsqrt(tf.add(variance, 1e-5)));
      return tf.add(tf.mul(centred, factor), offset!);
    },
    (x, scale, offset) => batchNorm64(x!, scale!, offset!),
  ),
  'largest logit but one, less that one': pair(
    [distinct(2, 4)],
    (x) => {
      const wanted = tf.sum(tf.mul(x!, labels()), -1);
      return tf.sub(tf.max(tf.sub(x!, tf.mul(labels(), 8)), -1), wanted);
    },
    (x) => {
      const wanted = f64.reduce(f64.mul(x!, LABELS), f64.total, [-1]);
      const rivals = f64.sub(
        x!,
        f64.map(LABELS, (value) => 8 * value),
      );
      return f64.sub(f64.reduce(rivals, largest, [-1]), wanted);
    },
  ),
};

/** One case an operation and combination of its attributes, by family. */
export const OPERATION_CASES: Readonly<Record<string, Readonly<Record<string, FunctionPair>>>> = {
  convolution: CONVOLUTIONS,
  elementwise: ELEMENTWISE,
  reduction: REDUCTIONS,
  shape: SHAPES,
  'matrix product': PRODUCTS,
  composition: COMPOSITIONS,
};
