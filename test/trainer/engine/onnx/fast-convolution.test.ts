import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { randomFor } from '../../../../trainer/data/random.ts';
import { createCpuEngine } from '../../../../trainer/engine/eager/cpu-engine.ts';
import type { Engine, TensorMap } from '../../../../trainer/engine/engine.ts';
import { createOnnxEngine } from '../../../../trainer/engine/onnx/onnx-engine.ts';
import { trace } from '../../../../trainer/engine/onnx/trace.ts';
import { elementCount } from '../../../../trainer/engine/shape.ts';
import { batchNormTraining } from '../../../../trainer/network/batch-norm.ts';

/** Of the largest element: float32 with Winograd's transforms, through two convolutions. */
const TOLERANCE = 2e-5;

/** So many pictures and channels that the onnx engine convolves by matrix products. */
const BATCH = 32;

interface Case {
  readonly name: string;
  readonly plane: readonly [number, number];
  readonly channels: readonly [number, number];
  readonly kernel: number;
  readonly stride: number;
}

const CASES: Case[] = [
  { name: '3x3', plane: [8, 4], channels: [16, 20], kernel: 3, stride: 1 },
  {
    name: '3x3, planes of no whole tiles',
    plane: [7, 5],
    channels: [16, 16],
    kernel: 3,
    stride: 1,
  },
  {
    name: '3x3, planes smaller than a tile',
    plane: [2, 3],
    channels: [16, 16],
    kernel: 3,
    stride: 1,
  },
  { name: '3x3, stride 2', plane: [8, 4], channels: [16, 24], kernel: 3, stride: 2 },
  { name: '3x3, stride 2, odd planes', plane: [7, 5], channels: [16, 16], kernel: 3, stride: 2 },
  { name: '1x1, stride 2', plane: [6, 4], channels: [24, 16], kernel: 1, stride: 2 },
  { name: '3x3 of pictures', plane: [6, 5], channels: [3, 16], kernel: 3, stride: 1 },
];

/** A weighted sum of relu(batch norm(convolution)), with its first and second derivatives. */
function derivatives({ kernel, stride }: Case) {
  const padding: [number, number] = [(kernel - 1) / 2, (kernel - 1) / 2];
  const convolve = (a: tf.Tensor, w: tf.Tensor) =>
    tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, stride, [[0, 0], padding, padding, [0, 0]]);
  return ({ x, filter, scale, offset, weights }: TensorMap): TensorMap => {
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
    const y = convolve(x!, filter!);
    return { y, dx: dx!, dFilter: dFilter!, ddx: ddx!, ddFilter: ddFilter! };
  };
}

async function compute(engine: Engine, chosen: Case): Promise<Record<string, Float32Array>> {
  const { plane, channels, kernel, stride } = chosen;
  const [input, output] = channels;
  const shapes = {
    x: [BATCH, ...plane, input],
    filter: [kernel, kernel, input, output],
    scale: [output],
    offset: [output],
    weights: [BATCH, ...plane.map((length) => Math.ceil(length / stride)), output],
  };
  const inputs = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const random = randomFor(1, name);
      const data = Float32Array.from({ length: elementCount(shape) }, () => random.normal());
      return [name, engine.upload(data, shape)];
    }),
  );
  const outputs = await engine.compile(derivatives(chosen)).run(inputs);
  const read: Record<string, Float32Array> = {};
  for (const [name, value] of Object.entries(outputs)) read[name] = await value.read();
  return read;
}

describe('convolutions of large batches on the onnx engine', () => {
  test.each(CASES)('$name: derived to second order as on the cpu engine', async (chosen) => {
    const expected = await compute(createCpuEngine(), chosen);
    const found = await compute(createOnnxEngine(), chosen);
    for (const [name, values] of Object.entries(expected)) {
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const worst = values.reduce(
        (most, value, index) => Math.max(most, Math.abs(value - found[name]![index]!)),
        0,
      );
      expect(largest, name).toBeGreaterThan(0);
      expect(worst / largest, name).toBeLessThan(TOLERANCE);
    }
  });

  test('a graph traced for other runtimes keeps its convolutions, however large the batch', () => {
    const convolve = ({ x, filter }: TensorMap) => ({
      y: tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
    });
    const inputs = { x: { shape: [BATCH, 8, 8, 64] }, filter: { shape: [3, 3, 64, 64] } };
    const operations = (fastConvolutions: boolean) =>
      trace(convolve, inputs, { fastConvolutions }).nodes.map(({ opType }) => opType);
    expect(trace(convolve, inputs).nodes.map(({ opType }) => opType)).toContain('Conv');
    expect(operations(false)).toContain('Conv');
    expect(operations(true)).not.toContain('Conv');
  });
});
