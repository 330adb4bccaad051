import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCpuEngine } from '../../../trainer/engine/eager/cpu-engine.ts';
import type { Engine, TensorMap } from '../../../trainer/engine/engine.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { describeEveryEngine } from './every-engine.ts';

const square = ({ x }: TensorMap) => ({ y: tf.square(x!) });

describeEveryEngine((engine) => {
  const upload = (...elements: number[]) =>
    engine.upload(Float32Array.from(elements), [elements.length]);

  describe('values', () => {
    test('give back what was uploaded, of any shape, scalars too', async () => {
      const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });
      const arrays = shapes.chain((shape) => {
        const size = shape.reduce((product, extent) => product * extent, 1);
        const elements = fc.array(fc.float(), { minLength: size, maxLength: size });
        return fc.tuple(fc.constant(shape), elements);
      });
      await fc.assert(
        fc.asyncProperty(arrays, async ([shape, elements]) => {
          const value = engine.upload(Float32Array.from(elements), shape);
          expect(value.shape).toEqual(shape);
          expect(await value.read()).toEqual(Float32Array.from(elements));
          value.dispose();
        }),
        { numRuns: 50 },
      );
    });

    test('give copies: writing to one does not change the value', async () => {
      const value = upload(1, 2);
      (await value.read()).fill(9);
      expect(await value.read()).toEqual(Float32Array.of(1, 2));
      value.dispose();
    });

    test('refuse data that does not fill the shape', () => {
      expect(() => engine.upload(new Float32Array(5), [2, 3])).toThrow(
        expect.objectContaining({
          code: 'SHAPE_MISMATCH',
          message: expect.stringMatching(/5.*2,3/),
        }),
      );
    });

    test('may be disposed twice, and then neither read nor run on', async () => {
      const compiled = engine.compile(square);
      const value = upload(3);
      value.dispose();
      value.dispose();
      await expect(value.read()).rejects.toMatchObject({ code: 'VALUE_DISPOSED' });
      await expect(compiled.run({ x: value })).rejects.toMatchObject({ code: 'VALUE_DISPOSED' });
      await compiled.dispose();
    });

    test('of another engine are refused by the name of the input', async () => {
      const other: Engine = engine.name === 'cpu' ? await createOnnxEngine() : createCpuEngine();
      const foreign = other.upload(Float32Array.of(1), [1]);
      const compiled = engine.compile(square);
      await expect(compiled.run({ x: foreign })).rejects.toMatchObject({
        code: 'VALUE_FOREIGN',
        message: expect.stringContaining('input x'),
      });
      await compiled.dispose();
      foreign.dispose();
    });
  });
});
