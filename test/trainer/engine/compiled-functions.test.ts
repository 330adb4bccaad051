import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { TensorMap } from '../../../trainer/engine/engine.ts';
import { describeEveryEngine } from './every-engine.ts';

const square = ({ x }: TensorMap) => ({ y: tf.square(x!) });

describeEveryEngine((engine) => {
  const upload = (...elements: number[]) =>
    engine.upload(Float32Array.from(elements), [elements.length]);

  describe('compiled functions', () => {
    test('leave inputs valid and hand outputs to the caller', async () => {
      const compiled = engine.compile(square);
      const x = upload(1, -2, 3);
      const first = await compiled.run({ x });
      const second = await compiled.run({ x: first.y! });
      first.y!.dispose();
      expect(await second.y!.read()).toEqual(Float32Array.of(1, 16, 81));
      expect(second.y!.shape).toEqual([3]);
      expect(await x.read()).toEqual(Float32Array.of(1, -2, 3));
      second.y!.dispose();
      x.dispose();
      await compiled.dispose();
    });

    test('take inputs of other shapes', async () => {
      const compiled = engine.compile(({ a, b }) => ({ product: tf.matMul(a!, b!) }));
      for (const [rows, inner, columns] of [
        [2, 3, 1],
        [1, 1, 4],
        [2, 3, 1],
      ] as const) {
        const a = engine.upload(new Float32Array(rows * inner).fill(2), [rows, inner]);
        const b = engine.upload(new Float32Array(inner * columns).fill(3), [inner, columns]);
        const { product } = await compiled.run({ a, b });
        expect(product!.shape).toEqual([rows, columns]);
        expect(await product!.read()).toEqual(new Float32Array(rows * columns).fill(6 * inner));
        for (const value of [a, b, product!]) value.dispose();
      }
      await compiled.dispose();
    });

    test('run at the same time without mixing', async () => {
      const compiled = engine.compile(({ x }) => ({ y: tf.sum(tf.exp(tf.neg(tf.square(x!)))) }));
      const one = engine.compile(square);
      const inputs = Array.from({ length: 20 }, (_, index) => upload(index, 0, -index));
      const runs = await Promise.all(inputs.flatMap((x) => [compiled.run({ x }), one.run({ x })]));
      for (const [index, x] of inputs.entries()) {
        const sum = await runs[2 * index]!.y!.read();
        expect(sum[0]).toBeCloseTo(1 + 2 * Math.exp(-(index ** 2)), 5);
        expect(await runs[2 * index + 1]!.y!.read()).toEqual(
          Float32Array.of(index ** 2, 0, index ** 2),
        );
        x.dispose();
      }
      for (const { y } of runs) y!.dispose();
      await compiled.dispose();
      await one.dispose();
    });

    test('give outputs that are apart, where fn returns its input or one tensor twice', async () => {
      const compiled = engine.compile(({ x }) => {
        const y = tf.neg(x!);
        return { same: x!, y, again: y };
      });
      const x = upload(1, 2);
      const { same, y, again } = await compiled.run({ x });
      y!.dispose();
      x.dispose();
      expect(await same!.read()).toEqual(Float32Array.of(1, 2));
      expect(await again!.read()).toEqual(Float32Array.of(-1, -2));
      same!.dispose();
      again!.dispose();
      await compiled.dispose();
    });

    test('give a constant, and ignore an input that fn does not use', async () => {
      const compiled = engine.compile(() => ({ y: tf.scalar(4) }));
      const x = upload(1);
      const { y } = await compiled.run({ x });
      expect(await y!.read()).toEqual(Float32Array.of(4));
      y!.dispose();
      x.dispose();
      await compiled.dispose();
    });

    test('give masks as float32', async () => {
      const compiled = engine.compile(({ x }) => ({ y: tf.greater(x!, 0) }));
      const x = upload(-1, 2);
      const { y } = await compiled.run({ x });
      expect(await y!.read()).toEqual(Float32Array.of(0, 1));
      y!.dispose();
      x.dispose();
      await compiled.dispose();
    });

    test('pass on what fn throws', async () => {
      const compiled = engine.compile(() => {
        throw new Error('not today');
      });
      await expect(compiled.run({})).rejects.toThrow('not today');
      await compiled.dispose();
    });

    test('leave the active backend of TensorFlow.js as it was', async () => {
      await tf.setBackend('cpu');
      const compiled = engine.compile(square);
      const x = upload(2);
      (await compiled.run({ x })).y!.dispose();
      expect(tf.getBackend()).toBe('cpu');
      x.dispose();
      await compiled.dispose();
    });
  });
});
