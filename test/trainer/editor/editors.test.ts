import type * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { coefficientValues } from '../../../trainer/editor/editor.ts';
import {
  createEditor,
  EDITOR_NAMES,
  EDITORS,
  UNROLLED_EDITOR_NAMES,
} from '../../../trainer/editor/editors.ts';
import type { TensorMap } from '../../../trainer/engine/engine.ts';
import { disposeValues } from '../../../trainer/network/weights.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import type { NdArray } from '../engine/float64/nd-array.ts';
import { readAll } from '../engine/gradient/compare-derivatives.ts';
import { Editor64 } from './editor-float64.ts';

const SHAPES = { filter: [2, 3], bias: [4] };
const NAMES = Object.keys(SHAPES) as (keyof typeof SHAPES)[];
const SIZE = 10;
const STEPS = 4;

const named = (elements: readonly number[]): Map<string, NdArray> =>
  new Map([
    ['filter', { shape: SHAPES.filter, data: Float64Array.from(elements.slice(0, 6)) }],
    ['bias', { shape: SHAPES.bias, data: Float64Array.from(elements.slice(6)) }],
  ]);
const flat = (parameters: ReadonlyMap<string, NdArray>) =>
  NAMES.flatMap((name) => [...parameters.get(name)!.data]);

const elements = (element: fc.Arbitrary<number>) =>
  fc.array(element, { minLength: SIZE, maxLength: SIZE });
const between = (low: number, high: number) =>
  fc.double({ min: low, max: high, noNaN: true }).map(Math.fround);
const gradient = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  {
    weight: 9,
    arbitrary: fc.tuple(between(0.01, 30), fc.boolean()).map(([g, up]) => (up ? g : -g)),
  },
);
const gradients = fc.array(elements(gradient), { minLength: STEPS, maxLength: STEPS });

test('every editor is known by its name, and has coefficients in their ranges', () => {
  expect(EDITOR_NAMES).toEqual([
    'gradient-descent',
    'scaled-gradient-descent',
    'momentum',
    'rprop',
    'rmsprop',
    'adam',
    'preconditioned-gradient',
  ]);
  expect(UNROLLED_EDITOR_NAMES).toEqual(EDITOR_NAMES.slice(0, -1));
  for (const name of EDITOR_NAMES) {
    expect(EDITORS[name]!.name).toBe(name);
    expect(createEditor(name, coefficientValues(EDITORS[name]!))).toEqual(createEditor(name));
  }
});

test.each([
  ['sgd', {}, 'EDITOR_UNKNOWN', /"sgd".*rmsprop/],
  ['toString', {}, 'EDITOR_UNKNOWN', /"toString"/],
  ['rmsprop', { momentum: 0.5 }, 'COEFFICIENT_UNKNOWN', /rmsprop.*"momentum".*rate, decay/],
  ['rmsprop', { constructor: 1 }, 'COEFFICIENT_UNKNOWN', /"constructor"/],
  ['adam', { rate: 0 }, 'COEFFICIENT_OUT_OF_RANGE', /rate of adam is 0; give a number above 0/],
  ['adam', { rate: Number.NaN }, 'COEFFICIENT_OUT_OF_RANGE', /NaN/],
  ['adam', { rate: Number.POSITIVE_INFINITY }, 'COEFFICIENT_OUT_OF_RANGE', /Infinity/],
  ['momentum', { momentum: 1 }, 'COEFFICIENT_OUT_OF_RANGE', /momentum is 1; give.*between 0 and 1/],
])('%s with %j is refused as %s', (name, values, code, message) => {
  expect(() => createEditor(name, values as Record<string, number>)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

describeEveryEngine((engine) => {
  describe.each(UNROLLED_EDITOR_NAMES)('%s', (name) => {
    const editor = EDITORS[name]!;
    const compiled = engine.compile((inputs) => {
      const at = (prefix: string) =>
        Object.fromEntries(NAMES.map((each) => [each, inputs[prefix + each]!]));
      const coefficients = Object.fromEntries(
        Object.keys(editor.coefficients).map((each) => [each, inputs[`c ${each}`]!]),
      );
      const outputs: TensorMap = {};
      let parameters: Record<string, tf.Tensor> = at('start ');
      let memory: Record<string, tf.Tensor> | null = null;
      for (let step = 0; step < STEPS; step++) {
        const next = editor.step(parameters, at(`g${step} `), memory, coefficients);
        parameters = next.parameters;
        memory = next.memory;
        for (const each of NAMES) outputs[`${step} ${each}`] = parameters[each]!;
      }
      return outputs;
    });
    afterAll(() => compiled.dispose());

    /** The parameters after each of the steps. */
    async function run(
      start: readonly number[],
      steps: readonly (readonly number[])[],
      coefficients: Readonly<Record<string, number>>,
    ): Promise<number[][]> {
      const arrays = new Map<string, NdArray>();
      for (const [each, array] of named(start)) arrays.set(`start ${each}`, array);
      steps.forEach((elements, step) => {
        for (const [each, array] of named(elements)) arrays.set(`g${step} ${each}`, array);
      });
      const inputs = Object.fromEntries([
        ...[...arrays].map(([each, { shape, data }]) => [
          each,
          engine.upload(Float32Array.from(data), shape),
        ]),
        ...Object.entries(coefficients).map(([each, value]) => [
          `c ${each}`,
          engine.upload(Float32Array.of(value), []),
        ]),
      ]);
      const outputs = await readAll(await compiled.run(inputs));
      disposeValues(inputs);
      return steps.map((_, step) => NAMES.flatMap((each) => [...outputs[`${step} ${each}`]!]));
    }

    const coefficients = fc.record(
      Object.fromEntries(
        Object.entries(editor.coefficients).map(([each, { range }]) => [
          each,
          range === 'positive' ? between(0.01, 2) : between(0.05, 0.95),
        ]),
      ),
    );

    test('moves every element as its rule, in plain loops and double precision', async () => {
      await fc.assert(
        fc.asyncProperty(
          elements(between(-2, 2)),
          gradients,
          coefficients,
          async (start, steps, values) => {
            const moved = await run(start, steps, values);
            const reference = new Editor64(name, values);
            let expected = named(start);
            steps.forEach((each, step) => {
              expected = reference.step(expected, named(each));
              flat(expected).forEach((value, at) => {
                expect(Math.abs(moved[step]![at]! - value)).toBeLessThan(
                  2e-5 * (1 + Math.abs(value)),
                );
              });
            });
          },
        ),
        { numRuns: 25 },
      );
    });

    test('moves nothing without a gradient', async () => {
      const start = Array.from({ length: SIZE }, (_, at) => Math.fround(at / 7 - 0.5));
      const none = Array.from({ length: STEPS }, () => start.map(() => 0));
      const moved = await run(start, none, coefficientValues(editor));
      for (const after of moved) expect(after).toEqual(start);
    });
  });

  test('a step of scaled descent has the length of its rate, however large the gradient', async () => {
    const editor = createEditor('scaled-gradient-descent');
    const compiled = engine.compile(({ g, rate }) => {
      const parameters = { x: (g as tf.Tensor).mul(0) };
      const next = editor.step(parameters, { x: g! }, null, { rate: rate! });
      return { x: next.parameters.x! };
    });
    await fc.assert(
      fc.asyncProperty(
        elements(between(-1, 1)).filter((g) => Math.hypot(...g) > 0.1),
        fc.constantFrom(1e-3, 1, 1e6),
        between(0.01, 2),
        async (direction, scale, rate) => {
          const inputs = {
            g: engine.upload(
              Float32Array.from(direction, (each) => each * scale),
              [SIZE],
            ),
            rate: engine.upload(Float32Array.of(rate), []),
          };
          const { x } = await readAll(await compiled.run(inputs));
          disposeValues(inputs);
          expect(Math.hypot(...x!) / rate).toBeCloseTo(1, 3);
        },
      ),
      { numRuns: 20 },
    );
    await compiled.dispose();
  });
});
