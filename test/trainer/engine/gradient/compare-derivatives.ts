import * as tf from '@tensorflow/tfjs';
import type { Engine, ValueMap } from '../../../../trainer/engine/engine.ts';
import { firstDerivative, secondDerivative } from '../float64/finite-difference.ts';
import { dot, type NdArray } from '../float64/nd-array.ts';
import { RandomArrays } from '../float64/random-array.ts';

/** The same function twice: over tensors, and in double precision. */
export interface FunctionPair {
  readonly operands: readonly NdArray[];
  readonly tensors: (...operands: tf.Tensor[]) => tf.Tensor;
  readonly float64: (...operands: NdArray[]) => NdArray;
}

/** How far an engine is off, relative to the largest derivative it was compared with. */
export interface DerivativeErrors {
  readonly value: number;
  readonly first: number;
  readonly second: number;
}

const DIRECTIONS = 3;

/**
 * Compares an engine's derivatives with finite differences of the double-precision function, in random
 * directions, for each operand alone.
 *
 * The function's result y becomes a scalar by `sum c (y + y^2 / 2)`, with random c, so that a function
 * that is linear has second derivatives too.
 */
export async function compareDerivatives(
  engine: Engine,
  { operands, tensors, float64 }: FunctionPair,
): Promise<DerivativeErrors> {
  const random = new RandomArrays(7);
  const points = [...operands];
  const weights = random.between(0.5, 1.5, float64(...points).shape);
  const scalar64 = (...xs: NdArray[]) =>
    dot(
      weights.data,
      float64(...xs).data.map((y) => y + y ** 2 / 2),
    );

  const compiled = engine.compile((inputs) => {
    const xs = points.map((_, index) => inputs[`x${index}`]!);
    const scalar = (...at: tf.Tensor[]) => {
      const y = tensors(...at);
      return tf.sum(tf.mul(inputs.weights!, tf.add(y, tf.div(tf.square(y), 2))));
    };
    const slope = (...at: tf.Tensor[]) =>
      tf.addN(
        tf
          .grads(scalar)(at)
          .map((gradient, index) => tf.sum(tf.mul(gradient, inputs[`u${index}`]!))),
      );
    return {
      value: scalar(...xs),
      ...named('first', tf.grads(scalar)(xs)),
      ...named('second', tf.grads(slope)(xs)),
    };
  });

  const worst = { value: 0, first: 0, second: 0 };
  const scale = { value: 1e-3, first: 1e-3, second: 1e-3 };
  const compare = (order: keyof DerivativeErrors, actual: number, expected: number) => {
    worst[order] = Math.max(worst[order], Math.abs(actual - expected));
    scale[order] = Math.max(scale[order], Math.abs(expected));
  };
  for (let direction = 0; direction < DIRECTIONS; direction++) {
    const u = points.map(({ shape }) => random.between(-1, 1, shape));
    const v = points.map(({ shape }) => random.between(-1, 1, shape));
    const inputs: ValueMap = { weights: upload(engine, weights) };
    points.forEach((point, index) => {
      inputs[`x${index}`] = upload(engine, point);
      inputs[`u${index}`] = upload(engine, u[index]!);
    });
    const results = await readAll(await compiled.run(inputs));
    compare('value', results.value![0]!, scalar64(...points));
    points.forEach((_, index) => {
      const alone = v.map((part, other) => (other === index ? part : zeros(part)));
      const along = alone[index]!.data;
      const first = firstDerivative(scalar64, points, alone);
      const second = secondDerivative(scalar64, points, u, alone);
      compare('first', dot(results[`first${index}`]!, along), first);
      compare('second', dot(results[`second${index}`]!, along), second);
    });
    for (const value of Object.values(inputs)) value.dispose();
  }
  await compiled.dispose();
  return {
    value: worst.value / scale.value,
    first: worst.first / scale.first,
    second: worst.second / scale.second,
  };
}

export function upload(engine: Engine, { data, shape }: NdArray) {
  return engine.upload(Float32Array.from(data), shape);
}

/** Reads every value and disposes it. */
export async function readAll(values: ValueMap): Promise<Record<string, Float32Array>> {
  const results: Record<string, Float32Array> = {};
  for (const [name, value] of Object.entries(values)) {
    results[name] = await value.read();
    value.dispose();
  }
  return results;
}

const named = (prefix: string, tensors: tf.Tensor[]) =>
  Object.fromEntries(tensors.map((tensor, index) => [`${prefix}${index}`, tensor]));

const zeros = ({ shape, data }: NdArray): NdArray => ({
  shape,
  data: new Float64Array(data.length),
});
