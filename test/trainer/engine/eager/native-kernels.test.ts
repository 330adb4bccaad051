import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TensorMap } from '../../../../trainer/engine/engine.ts';
import { batchNormTraining } from '../../../../trainer/network/batch-norm.ts';
import type { NdArray } from '../float64/nd-array.ts';
import { RandomArrays } from '../float64/random-array.ts';
import { readAll, upload } from '../gradient/compare-derivatives.ts';
import { ENGINES } from '../present-engines.ts';

/** Of the largest element: float32 sums in another order. */
const TOLERANCE = 1e-4;

const native = ENGINES.find(({ title }) => title.startsWith('tensorflow'))!;
const reference = ENGINES.find(({ engine }) => engine?.name === 'cpu')!.engine!;
const suite = native.engine ? describe : describe.skip;

const former = tf.getBackend();
beforeAll(() => tf.setBackend('cpu'));
afterAll(() => tf.setBackend(former));

type Arrays = Record<string, NdArray>;

async function expectAlike(fn: (inputs: TensorMap) => TensorMap, arrays: Arrays): Promise<void> {
  const results = await Promise.all(
    [reference, native.engine!].map(async (engine) => {
      const inputs = Object.fromEntries(
        Object.entries(arrays).map(([name, array]) => [name, upload(engine, array)]),
      );
      return readAll(await engine.compile(fn).run(inputs));
    }),
  );
  const [expected, actual] = results as [
    Record<string, Float32Array>,
    Record<string, Float32Array>,
  ];
  for (const [name, elements] of Object.entries(expected)) {
    const scale = elements.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
    elements.forEach((value, index) => {
      expect(Math.abs(value - actual[name]![index]!) / scale, name).toBeLessThan(TOLERANCE);
    });
  }
}

suite(`${native.title}: kernels of our own`, () => {
  const random = new RandomArrays(7);

  test.each([
    { size: 8, kernel: 3, stride: 1, sides: [1, 1] },
    { size: 8, kernel: 3, stride: 2, sides: [1, 1] },
    { size: 7, kernel: 3, stride: 2, sides: [1, 1] },
    { size: 8, kernel: 3, stride: 2, sides: [0, 1] },
    { size: 12, kernel: 7, stride: 2, sides: [3, 3] },
    { size: 6, kernel: 1, stride: 2, sides: [0, 0] },
    { size: 5, kernel: 2, stride: 1, sides: [0, 2] },
  ] as const)(
    'convolve $size x $size by $kernel x $kernel at stride $stride, padded by $sides',
    async ({ size, kernel, stride, sides: [before, after] }) => {
      const pad: tf.backend_util.ExplicitPadding = [
        [0, 0],
        [before, after],
        [before, after],
        [0, 0],
      ];
      const outputs = Math.floor((size + before + after - kernel) / stride) + 1;
      const arrays = {
        x: random.between(-1, 1, [2, size, size, 3]),
        filter: random.between(-1, 1, [kernel, kernel, 3, 4]),
        dy: random.between(-1, 1, [2, outputs, outputs, 4]),
      };
      await expectAlike(({ x, filter, dy }) => {
        const convolve = (x: tf.Tensor, filter: tf.Tensor) =>
          tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad);
        const { value, grads } = tf.valueAndGrads(convolve)([x!, filter!], dy as tf.Tensor4D);
        return { value, dx: grads[0]!, dFilter: grads[1]! };
      }, arrays);
    },
  );

  test.each([
    [2, 4, 4, 3],
    [3, 1, 2, 5],
    [1, 1, 1, 2],
  ])(
    'normalise a batch of %i x %i x %i x %i, with its statistics and gradients',
    async (...shape) => {
      const channels = shape[3]!;
      const arrays = {
        x: random.between(-2, 3, shape),
        scale: random.between(0.5, 2, [channels]),
        offset: random.between(-1, 1, [channels]),
        dy: random.between(-1, 1, shape),
      };
      await expectAlike(({ x, scale, offset, dy }) => {
        const statistics: TensorMap = {};
        const { value, grads } = tf.valueAndGrads((...at: tf.Tensor[]) =>
          batchNormTraining(
            at[0] as tf.Tensor4D,
            at[1] as tf.Tensor1D,
            at[2] as tf.Tensor1D,
            ({ mean, variance }) => Object.assign(statistics, { mean, variance }),
          ),
        )([x!, scale!, offset!], dy as tf.Tensor4D);
        return { value, dx: grads[0]!, dScale: grads[1]!, dOffset: grads[2]!, ...statistics };
      }, arrays);
    },
  );

  test('transpose filters both ways, also when their data has gone and come again', async () => {
    for (let round = 0; round < 3; round++) {
      const arrays = {
        filter: random.between(-1, 1, [5, 4, 3, 2]),
        gradient: random.between(-1, 1, [3, 2, 4, 5]),
      };
      await expectAlike(({ filter, gradient }) => {
        const once = tf.transpose(filter!, [2, 3, 1, 0]);
        const again = tf.transpose(tf.neg(filter!), [2, 3, 1, 0]);
        once.dispose();
        const twice = tf.transpose(filter!, [2, 3, 1, 0]);
        return { twice, again, back: tf.transpose(gradient!, [3, 2, 0, 1]) };
      }, arrays);
    }
  });

  test('give up every native tensor', async () => {
    const backend = tf.findBackend('tensorflow') as unknown as {
      binding: { getNumOfTensors(): number };
    };
    const engine = native.engine!;
    const compiled = engine.compile(({ x }) => ({
      y: tf.grad((at) => tf.sum(tf.square(tf.transpose(at, [2, 3, 1, 0]))))(x!),
    }));
    const once = async () => {
      const x = engine.upload(new Float32Array(36), [2, 2, 3, 3]);
      const outputs = await compiled.run({ x });
      outputs.y!.dispose();
      x.dispose();
    };
    await once();
    const before = backend.binding.getNumOfTensors();
    for (let run = 0; run < 50; run++) await once();
    expect(backend.binding.getNumOfTensors()).toBe(before);
  });
});
