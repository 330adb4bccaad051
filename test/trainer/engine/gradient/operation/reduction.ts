import * as tf from '@tensorflow/tfjs';
import type { NdArray } from '../../float64/nd-array.ts';
import * as f64 from '../../float64/operations.ts';
import { distinct, type OperationCases, pair, signed } from './cases.ts';

const reduced = (
  x: NdArray,
  tensors: (x: tf.Tensor) => tf.Tensor,
  f: (values: number[]) => number,
  axes?: number[],
  keepDims?: boolean,
) => pair([x], tensors, (operand) => f64.reduce(operand!, f, axes, keepDims));

const largest = (values: number[]) => Math.max(...values);

/** Over some axes, kept or not. */
export const REDUCTIONS: OperationCases = {
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
