import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { randomFor } from '../../../../trainer/data/random.ts';
import { createCpuEngine } from '../../../../trainer/engine/eager/cpu-engine.ts';
import type { Engine, TensorMap } from '../../../../trainer/engine/engine.ts';
import { createOnnxEngine } from '../../../../trainer/engine/onnx/onnx-engine.ts';
import { elementCount } from '../../../../trainer/engine/shape.ts';
import { batchNormTraining } from '../../../../trainer/network/batch-norm.ts';

/**
 * Large enough that the onnx engine computes convolutions as products over unfolded patches, which
 * pictures of few channels or small batches do not reach.
 */
const SHAPES = {
  x: [8, 6, 5, 16],
  filter: [3, 3, 16, 24],
  scale: [24],
  offset: [24],
  weights: [8, 6, 5, 24],
};

/** A weighted sum of relu(batch norm(convolution)), with its first and second derivatives. */
function derivatives({ x, filter, scale, offset, weights }: TensorMap): TensorMap {
  const convolve = (a: tf.Tensor, w: tf.Tensor) =>
    tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, 1, [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]);
  const normalised = (a: tf.Tensor, w: tf.Tensor) =>
    batchNormTraining(convolve(a, w), scale as tf.Tensor1D, offset as tf.Tensor1D, () => {});
  const first = tf.grads((a: tf.Tensor, w: tf.Tensor) =>
    tf.sum(tf.mul(tf.relu(normalised(a, w)), weights!)),
  );
  const second = tf.grads((a: tf.Tensor, w: tf.Tensor) => {
    const inner = tf.grads((b: tf.Tensor, v: tf.Tensor) =>
      tf.sum(tf.mul(tf.square(convolve(b, v)), weights!)),
    );
    return tf.addN(inner([a, w]).map((gradient) => tf.sum(tf.square(gradient))));
  });
  const [dx, dFilter] = first([x!, filter!]);
  const [ddx, ddFilter] = second([x!, filter!]);
  return { dx: dx!, dFilter: dFilter!, ddx: ddx!, ddFilter: ddFilter! };
}

async function compute(engine: Engine): Promise<Record<string, Float32Array>> {
  const inputs = Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape]) => {
      const random = randomFor(1, name);
      const data = Float32Array.from({ length: elementCount(shape) }, () => random.normal());
      return [name, engine.upload(data, shape)];
    }),
  );
  const outputs = await engine.compile(derivatives).run(inputs);
  const read: Record<string, Float32Array> = {};
  for (const [name, value] of Object.entries(outputs)) read[name] = await value.read();
  return read;
}

describe('convolutions of small planes on the onnx engine', () => {
  test('derive to first and second order as on the cpu engine', async () => {
    const expected = await compute(createCpuEngine());
    const found = await compute(createOnnxEngine());
    for (const [name, values] of Object.entries(expected)) {
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const worst = values.reduce(
        (most, value, index) => Math.max(most, Math.abs(value - found[name]![index]!)),
        0,
      );
      expect(largest, name).toBeGreaterThan(0);
      expect(worst / largest, name).toBeLessThan(1e-5);
    }
  });
});
