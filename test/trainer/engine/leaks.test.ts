import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { TensorMap } from '../../../trainer/engine/engine.ts';
import { describeEveryEngine } from './every-engine.ts';

const RUNS = 1000;
const tensorCount = () => tf.engine().state.numTensors;

describeEveryEngine((engine) => {
  describe(`keep no tensor over ${RUNS} runs`, () => {
    async function leaked(fn: (inputs: TensorMap) => TensorMap): Promise<number> {
      const compiled = engine.compile(fn);
      const x = engine.upload(Float32Array.of(1, 2, 3), [3]);
      const once = async () => {
        const outputs = await compiled.run({ x }).catch(() => ({}));
        for (const value of Object.values(outputs)) value.dispose();
      };
      await once();
      const before = tensorCount();
      for (let run = 0; run < RUNS; run++) await once();
      const after = tensorCount();
      x.dispose();
      await compiled.dispose();
      return after - before;
    }

    const cube = (x: tf.Tensor) => tf.sum(tf.mul(x, tf.square(x)));

    test('of a function with gradients', async () => {
      expect(await leaked(({ x }) => ({ y: tf.grad(cube)(x!) }))).toBe(0);
    });

    test('of a function that throws, within a gradient too', async () => {
      const failing = tf.customGrad((x) => ({
        value: tf.square(x as tf.Tensor),
        gradFunc: () => {
          throw new Error('no gradient');
        },
      }));
      expect(
        await leaked(({ x }) => ({ y: tf.grad((at) => tf.sum(failing(tf.exp(at))))(x!) })),
      ).toBe(0);
    });

    test('of a function that keeps some, in a tidy too', async () => {
      const keeping = ({ x }: TensorMap) => {
        tf.keep(tf.neg(x!));
        return { y: tf.tidy(() => tf.keep(tf.square(tf.keep(tf.exp(x!))))) };
      };
      expect(await leaked(keeping)).toBe(0);
    });

    test('made for other shapes', async () => {
      const compiled = engine.compile(({ x }) => ({ y: tf.square(x!) }));
      const run = async (size: number) => {
        const x = engine.upload(new Float32Array(size), [size]);
        (await compiled.run({ x })).y!.dispose();
        x.dispose();
      };
      await run(1);
      const before = tensorCount();
      for (let size = 2; size < 30; size++) await run(size);
      expect(tensorCount()).toBe(before);
      await compiled.dispose();
    });
  });
});
