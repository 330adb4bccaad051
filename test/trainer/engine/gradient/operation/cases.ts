import type * as tf from '@tensorflow/tfjs';
import type { NdArray } from '../../float64/nd-array.ts';
import * as f64 from '../../float64/operations.ts';
import { RandomArrays } from '../../float64/random-array.ts';
import type { FunctionPair } from '../compare-derivatives.ts';

/** The operations of one family, by what tells each case from the others. */
export type OperationCases = Readonly<Record<string, FunctionPair>>;

const random = new RandomArrays(1);
export const signed = (...shape: number[]) => random.signed(shape);
export const positive = (...shape: number[]) => random.between(0.3, 2, shape);
export const distinct = (...shape: number[]) => random.distinct(shape);

export function pair(
  operands: NdArray[],
  tensors: FunctionPair['tensors'],
  float64: FunctionPair['float64'],
): FunctionPair {
  return { operands, tensors, float64 };
}

export function unary(
  x: NdArray,
  tensors: (x: tf.Tensor) => tf.Tensor,
  float64: (x: number) => number,
) {
  return pair([x], tensors, (operand) => f64.map(operand!, float64));
}

export function binary(
  operands: [NdArray, NdArray],
  tensors: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  float64: (a: number, b: number) => number,
) {
  return pair(operands, tensors as FunctionPair['tensors'], (a, b) => f64.combine(a!, b!, float64));
}
