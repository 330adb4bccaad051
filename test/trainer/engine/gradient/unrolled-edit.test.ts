import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import type { TensorMap } from '../../../../trainer/engine/engine.ts';
import { logSoftmax } from '../../../../trainer/engine/gradient/log-softmax.ts';
import { describeEveryEngine } from '../every-engine.ts';
import { firstDerivative, gradient } from '../float64/finite-difference.ts';
import { addScaled, dot, type NdArray } from '../float64/nd-array.ts';
import * as f64 from '../float64/operations.ts';
import { RandomArrays } from '../float64/random-array.ts';
import { readAll, upload } from './compare-derivatives.ts';

const STEPS = 3;
const RATE = 0.3;
const DIRECTIONS = 3;
/** Of the largest derivative; what float32 and the double-precision reference lose is below a tenth. */
const TOLERANCE = 1e-4;

const random = new RandomArrays(3);

/** A residual network in small: stem, a block at stride 2 with projection, pooling, dense layer. */
const PARAMETERS = {
  stem: random.between(-0.5, 0.5, [3, 3, 2, 3]),
  stemScale: random.between(0.5, 1.5, [3]),
  stemOffset: random.between(-0.5, 0.5, [3]),
  block: random.between(-0.5, 0.5, [3, 3, 3, 4]),
  blockScale: random.between(0.5, 1.5, [4]),
  blockOffset: random.between(-0.5, 0.5, [4]),
  projection: random.between(-0.8, 0.8, [1, 1, 3, 4]),
  dense: random.between(-1, 1, [4, 3]),
  bias: random.between(-0.5, 0.5, [3]),
};
const NAMES = Object.keys(PARAMETERS) as (keyof typeof PARAMETERS)[];
const byName = <T>(values: readonly T[]) =>
  Object.fromEntries(NAMES.map((name, index) => [name, values[index]!])) as Record<
    keyof typeof PARAMETERS,
    T
  >;
const START = NAMES.map((name) => PARAMETERS[name]);

const EDIT_PICTURE = random.between(-1, 1, [1, 6, 6, 2]);
const EDIT_LABEL: NdArray = { shape: [1, 3], data: Float64Array.of(0, 1, 0) };
const BATCH = random.between(-1, 1, [2, 6, 6, 2]);
const BATCH_LABELS: NdArray = { shape: [2, 3], data: Float64Array.of(1, 0, 0, 0, 0, 1) };
const DATA = {
  picture: EDIT_PICTURE,
  label: EDIT_LABEL,
  batch: BATCH,
  labels: BATCH_LABELS,
};

function loss64(parameters: NdArray[], pictures: NdArray, labels: NdArray): number {
  const p = byName(parameters);
  const affine = (x: NdArray, scale: NdArray, offset: NdArray) =>
    f64.add(f64.mul(x, scale), offset);
  const low = f64.relu(affine(f64.convolve(pictures, p.stem, 1, 1), p.stemScale, p.stemOffset));
  const residual = affine(f64.convolve(low, p.block, 2, 1), p.blockScale, p.blockOffset);
  const high = f64.relu(f64.add(residual, f64.convolve(low, p.projection, 2, 0)));
  const features = f64.reduce(high, f64.average, [1, 2]);
  return f64.crossEntropy(f64.add(f64.matMul(features, p.dense), p.bias), labels).data[0]!;
}

function lossAfterEdit64(...start: NdArray[]): number {
  let parameters = start;
  for (let step = 0; step < STEPS; step++) {
    const loss = (...at: NdArray[]) => loss64(at, EDIT_PICTURE, EDIT_LABEL);
    const gradients = gradient(loss, parameters);
    parameters = parameters.map((value, index) => addScaled(value, gradients[index]!, -RATE));
  }
  return loss64(parameters, BATCH, BATCH_LABELS);
}

function lossOf(parameters: tf.Tensor[], pictures: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  const p = byName(parameters);
  const convolve = (x: tf.Tensor, filter: tf.Tensor, stride: number, padding: number) => {
    const sides: [number, number] = [padding, padding];
    const explicit: tf.backend_util.ExplicitPadding = [[0, 0], sides, sides, [0, 0]];
    return tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, explicit);
  };
  const affine = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) =>
    tf.add(tf.mul(x, scale), offset);
  const low = tf.relu(affine(convolve(pictures, p.stem, 1, 1), p.stemScale, p.stemOffset));
  const residual = affine(convolve(low, p.block, 2, 1), p.blockScale, p.blockOffset);
  const high = tf.relu(tf.add(residual, convolve(low, p.projection, 2, 0)));
  const logits = tf.add(tf.matMul(tf.mean(high, [1, 2]), p.dense), p.bias);
  return tf.neg(tf.mean(tf.sum(tf.mul(labels, logSoftmax(logits)), -1)));
}

/** @param through whether the derivative follows the steps, or takes their gradients for constants */
function derivativeOfEdit(inputs: TensorMap, through: boolean): TensorMap {
  const edit = (start: tf.Tensor[]) => {
    let parameters = start;
    for (let step = 0; step < STEPS; step++) {
      const loss = (...at: tf.Tensor[]) => lossOf(at, inputs.picture!, inputs.label!);
      const gradients = tf.grads(loss)(parameters);
      parameters = parameters.map((value, index) => tf.sub(value, tf.mul(gradients[index]!, RATE)));
    }
    return parameters;
  };
  const start = NAMES.map((name) => inputs[name]!);
  const after = (...at: tf.Tensor[]) => lossOf(at, inputs.batch!, inputs.labels!);
  const gradients = through
    ? tf.grads((...at: tf.Tensor[]) => after(...edit(at)))(start)
    : tf.grads(after)(edit(start));
  return { loss: after(...edit(start)), ...byName(gradients) };
}

const directions = Array.from({ length: DIRECTIONS }, () =>
  START.map(({ shape }) => random.between(-1, 1, shape)),
);
const expected = directions.map((direction) => firstDerivative(lossAfterEdit64, START, direction));
const scale = Math.max(...expected.map(Math.abs));

test('the reference does not depend on its step', () => {
  directions.forEach((direction, index) => {
    const halved = firstDerivative(lossAfterEdit64, START, direction, 5e-5);
    expect(Math.abs(halved - expected[index]!) / scale).toBeLessThan(TOLERANCE / 10);
  });
});

describeEveryEngine((engine) => {
  async function run(through: boolean): Promise<{ loss: number; error: number }> {
    const inputs = Object.fromEntries(
      Object.entries({ ...PARAMETERS, ...DATA }).map(([name, array]) => [
        name,
        upload(engine, array),
      ]),
    );
    const compiled = engine.compile((tensors) => derivativeOfEdit(tensors, through));
    const results = await readAll(await compiled.run(inputs));
    await compiled.dispose();
    for (const value of Object.values(inputs)) value.dispose();
    const errors = directions.map((direction, index) => {
      const parts = NAMES.map((name, part) => dot(results[name]!, direction[part]!.data));
      return Math.abs(f64.total(parts) - expected[index]!) / scale;
    });
    return { loss: results.loss![0]!, error: Math.max(...errors) };
  }

  test(`derives the loss after ${STEPS} steps of gradient descent as finite differences do`, async () => {
    const { loss, error } = await run(true);

    expect(Math.abs(loss - lossAfterEdit64(...START))).toBeLessThan(1e-4);
    expect(error).toBeLessThan(TOLERANCE);
  });

  test('would show a derivative that stops at the steps', async () => {
    const { error } = await run(false);

    expect(error).toBeGreaterThan(100 * TOLERANCE);
  });
});
