import * as tf from '@tensorflow/tfjs';
import { logSoftmax } from '../../../../../trainer/engine/gradient/log-softmax.ts';
import { maxPool3x3 } from '../../../../../trainer/engine/gradient/max-pool.ts';
import type { NdArray } from '../../float64/nd-array.ts';
import * as f64 from '../../float64/operations.ts';
import { distinct, type OperationCases, pair, signed } from './cases.ts';

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

/** What the project builds of several operations. */
export const COMPOSITIONS: OperationCases = {
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
      return f64.sub(
        f64.reduce(rivals, (values) => Math.max(...values), [-1]),
        wanted,
      );
    },
  ),
};
