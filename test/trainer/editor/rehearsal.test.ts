import type * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { wholeSet } from '../../../trainer/data/batches.ts';
import { EditRunner } from '../../../trainer/editor/apply-editor.ts';
import type { EditSettings, EditTask } from '../../../trainer/editor/edit-task.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import { divergence, rehearsalImages } from '../../../trainer/editor/rehearsal.ts';
import { rmsprop } from '../../../trainer/editor/rmsprop.ts';
import { SplitNetwork } from '../../../trainer/editor/split-network.ts';
import type { Architecture } from '../../../trainer/network/architecture.ts';
import { disposeValues, uploadWeights, type Weights } from '../../../trainer/network/weights.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import type { NdArray } from '../engine/float64/nd-array.ts';
import * as f64 from '../engine/float64/operations.ts';
import { RandomArrays } from '../engine/float64/random-array.ts';
import { readAll } from '../engine/gradient/compare-derivatives.ts';
import { randomWeights } from '../export/random-network.ts';
import { resnet18Float64, toFloat64, type Weights64 } from '../network/resnet18-float64.ts';
import { stripes } from '../training/stripes.ts';
import { constraint64 } from './constraint-float64.ts';
import { slopeAlong, stepAlong } from './step-along.ts';

const architecture: Architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 };
const weights = randomWeights(architecture, 41);
const start64 = toFloat64(weights);
const random = new RandomArrays(42);
const picture = random.between(-2, 2, [1, 3, 8, 8]);
const image = Float32Array.from(picture.data);
const others = random.between(-2, 2, [6, 3, 8, 8]);
const rehearsed = Float32Array.from(others.data);
const losses = [0, 1, 2].map((label) => constraint64(start64, picture, label));
const wanted = losses.indexOf(Math.max(...losses));
const task = { image, height: 8, width: 8, label: wanted };
const NEVER = 1e6;

/** Mean of KL(softmax(before) || softmax(now)) over rows of logits, by the definition. */
function divergence64(before: NdArray, now: NdArray): number {
  const [p, q] = [before, now].map((logits) => f64.map(f64.logSoftmax(logits), Math.exp));
  const sum = p!.data.reduce(
    (total, value, at) => total + value * Math.log(value / q!.data[at]!),
    0,
  );
  return sum / before.shape[0]!;
}

const rows = ({ data }: NdArray, from: number, to: number): NdArray => ({
  shape: [to - from, 3, 8, 8],
  data: data.slice(from * 192, to * 192),
});
const answers = (at: Weights64, images = others) => resnet18Float64(at, images, 'eval').logits;
const changeOf = (changed: Weights) =>
  divergence64(answers(start64), answers(toFloat64(new Map([...weights, ...changed]))));

describe('the pictures to rehearse', () => {
  const data = stripes();
  const rehearsal = (pictures: number, seed = 1) => ({ weight: 1, pictures, seed });
  const size = 3 * data.preprocessing.height * data.preprocessing.width;
  const split = (images: Float32Array) =>
    Array.from({ length: images.length / size }, (_, at) =>
      images.subarray(at * size, (at + 1) * size).join(),
    );

  test('are training pictures, none twice, and fewer are the first of more', () => {
    const all = new Set<string>();
    for (const { images } of wholeSet(data.train, data.preprocessing, 50)) {
      for (const each of split(images)) all.add(each);
    }
    const drawn = split(rehearsalImages(data, rehearsal(20))!);
    expect(new Set(drawn).size).toBe(20);
    for (const each of drawn) expect(all.has(each)).toBe(true);
    expect(split(rehearsalImages(data, rehearsal(7))!)).toEqual(drawn.slice(0, 7));
    expect(split(rehearsalImages(data, rehearsal(20, 2))!)).not.toEqual(drawn);
    expect(rehearsalImages(data, null)).toBeNull();
  });

  test.each([0, 1.5, data.train.count + 1])('cannot be %d', (pictures) => {
    expect(() => rehearsalImages(data, rehearsal(pictures))).toThrow(
      expect.objectContaining({ code: 'REHEARSAL_INVALID' }),
    );
  });
});

describeEveryEngine((engine) => {
  const edit = async (settings: Partial<EditSettings>) => {
    const complete = {
      editor: gradientDescent(2e-3),
      stages: ['layer3', 'head'] as const,
      margin: NEVER,
      maxSteps: 4,
      ...settings,
    };
    const images = settings.rehearsal ? rehearsed : null;
    const runner = new EditRunner(engine, architecture, complete, { rehearsed: images });
    const outcome = await runner.edit(weights, task);
    await runner.dispose();
    return outcome;
  };
  const rehearsal = (weight: number) => ({ weight, pictures: 6, seed: 1 });

  const compiled = engine.compile(({ before, logits }) => ({
    result: divergence(before!, logits as tf.Tensor2D),
  }));
  afterAll(() => compiled.dispose());

  test('the divergence is that of the definition, and 0 from itself', async () => {
    const row = fc.array(fc.float({ min: -8, max: 8, noNaN: true }), {
      minLength: 3,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(row, row, row, row, async (a, b, c, d) => {
        const logits = (first: number[], second: number[]): NdArray => ({
          shape: [2, 3],
          data: Float64Array.from([...first, ...second]),
        });
        const run = async (before: NdArray, now: NdArray) => {
          const inputs = {
            before: engine.upload(Float32Array.from(f64.logSoftmax(before).data), [2, 3]),
            logits: engine.upload(Float32Array.from(now.data), [2, 3]),
          };
          const { result } = await readAll(await compiled.run(inputs));
          disposeValues(inputs);
          return result![0]!;
        };
        const [before, now] = [logits(a, b), logits(c, d)];
        expect(await run(before, now)).toBeCloseTo(divergence64(before, now), 4);
        expect(await run(before, before)).toBeCloseTo(0, 5);
      }),
      { numRuns: 15 },
    );
  });

  // The divergence has no slope at the start: what tells are the steps behind the first.
  test.each([
    ['all', undefined, 2, others],
    ['one batch after the other, the second', 3, 2, rows(others, 3, 6)],
    ['one batch after the other, the first again', 3, 3, rows(others, 0, 3)],
    ['no more than there are', 60, 2, others],
  ])(
    'a step goes against the derivative of the constraint and the weighted divergence of what it looks at: %s',
    async (_, batch, step, seen) => {
      const weight = 300;
      let told = 0;
      const rate = 2e-3;
      const course = [];
      for (const maxSteps of [step - 1, step]) {
        const settings = { maxSteps, rehearsal: { ...rehearsal(weight), batch } };
        course.push(await edit({ editor: gradientDescent(rate), ...settings }));
      }
      const [first, second] = course.map(({ changed }) => toFloat64(changed));
      const at = new Map([...start64, ...first!]);
      const objective = (current: Weights64, kept: number) =>
        constraint64(current, picture, wanted) +
        kept * divergence64(answers(start64, seen), answers(current, seen));
      const slope = (direction: ReadonlyMap<string, NdArray>, kept: number) =>
        slopeAlong(direction, at, (current) => objective(current, kept));
      for (let trial = 0; trial < 3; trial++) {
        const direction = new Map(
          [...first!].map(([name, { shape }]) => [name, random.between(-1, 1, shape)]),
        );
        const along = stepAlong(direction, first!, second!);
        const [expected, without] = [-rate * slope(direction, weight), -rate * slope(direction, 0)];
        const scale = Math.max(Math.abs(expected), Math.abs(without));
        expect(Math.abs(along - expected) / scale).toBeLessThan(1e-2);
        told = Math.max(told, Math.abs(without - expected) / scale);
      }
      expect(told).toBeGreaterThan(0.1);
    },
  );

  test('what is known of the pictures is taken instead of computing it from them', async () => {
    const settings = {
      editor: gradientDescent(2e-3),
      stages: ['layer3', 'head'] as const,
      margin: NEVER,
      maxSteps: 4,
      rehearsal: { ...rehearsal(30), batch: 3 },
    };
    const network = new SplitNetwork(engine, architecture, 'layer3');
    const uploaded = uploadWeights(engine, weights);
    const known = async (start: number, count: number) => {
      const { data, shape } = rows(others, start, start + count);
      const images = engine.upload(Float32Array.from(data), shape);
      const activations = await network.activations(uploaded, images);
      const read = { shape: activations.shape, data: await activations.read() };
      disposeValues({ images, activations });
      return read;
    };
    const changedBy = async (images: Float32Array, given: Partial<EditTask>) => {
      const runner = new EditRunner(engine, architecture, settings, { rehearsed: images });
      const { changed } = await runner.edit(weights, { ...task, ...given });
      await runner.dispose();
      return changeOf(changed);
    };
    const expected = await changedBy(rehearsed, {});
    const blank = new Float32Array(rehearsed.length);
    expect(await changedBy(blank, { rehearsed: known })).toBeCloseTo(expected, 6);
    expect(Math.abs((await changedBy(blank, {})) / expected - 1)).toBeGreaterThan(0.05);
    disposeValues(uploaded);
    await network.dispose();
  });

  test('what is reported and stopped at is the constraint alone', async () => {
    const { changed, lossBefore, lossAfter } = await edit({ rehearsal: rehearsal(5) });
    const after = toFloat64(new Map([...weights, ...changed]));
    expect(lossBefore).toBeCloseTo(losses[wanted]!, 4);
    expect(lossAfter).toBeCloseTo(constraint64(after, picture, wanted), 4);
  });

  test.each([
    ['gradient descent', gradientDescent(2e-3)],
    ['RMSProp', rmsprop(2e-3, 0.5)],
  ])('%s changes the other answers less, the more they weigh', async (_, editor) => {
    const changes = [];
    for (const each of [null, rehearsal(3), rehearsal(30)]) {
      changes.push(changeOf((await edit({ editor, maxSteps: 6, rehearsal: each })).changed));
    }
    expect(changes[1]!).toBeLessThan(changes[0]!);
    expect(changes[2]!).toBeLessThan(changes[1]!);
  });

  test('settings that rehearse want pictures', () => {
    const settings = {
      editor: gradientDescent(),
      stages: ['layer3'] as const,
      margin: 0.1,
      maxSteps: 10,
      rehearsal: rehearsal(1),
    };
    expect(() => new EditRunner(engine, architecture, settings)).toThrow(
      expect.objectContaining({ code: 'REHEARSAL_INVALID' }),
    );
  });
});
