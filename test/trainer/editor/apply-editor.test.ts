import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EditRunner } from '../../../trainer/editor/apply-editor.ts';
import type { AppliedEdit } from '../../../trainer/editor/edit-task.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import {
  type Architecture,
  parameterShapes,
  STAGES,
  type Stage,
  stageOf,
} from '../../../trainer/network/architecture.ts';
import { type Weights, weightsDigest } from '../../../trainer/network/weights.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import type { NdArray } from '../engine/float64/nd-array.ts';
import { RandomArrays } from '../engine/float64/random-array.ts';
import { randomWeights } from '../export/random-network.ts';
import { resnet18Float64, toFloat64, type Weights64 } from '../network/resnet18-float64.ts';

const architecture: Architecture = {
  name: 'resnet18',
  stem: 'cifar',
  width: 2,
  classes: 3,
  extraBlock: true,
};
const drawn = randomWeights(architecture, 7);
const random = new RandomArrays(8);
const picture = random.between(-2, 2, [1, 3, 9, 9]);
const image = Float32Array.from(picture.data);
const RATE = 5e-4;
const NEVER = 1e6;

/** l_e of a label, by the definition and in double precision. */
function constraint64(weights64: Weights64, label: number): number {
  const logits = [...resnet18Float64(weights64, picture, 'eval').logits.data];
  return Math.max(...logits.filter((_, other) => other !== label)) - logits[label]!;
}

const losses = [0, 1, 2].map((label) => constraint64(toFloat64(drawn), label));
/** The label that is furthest from being the answer, and the one that is the answer. */
const wanted = losses.indexOf(Math.max(...losses));
const answer = losses.indexOf(Math.min(...losses));

/** As drawn, but with the wanted label only a little behind. */
const BEHIND = 0.02;
const head = drawn.get('fc.bias')!;
const raised = head.data.map((value, label) =>
  label === wanted ? value + losses[wanted]! - BEHIND : value,
);
const weights: Weights = new Map([...drawn, ['fc.bias', { shape: head.shape, data: raised }]]);
const start64 = toFloat64(weights);

const merged = (changed: Weights) => toFloat64(new Map([...weights, ...changed]));

describe('the stop rule', () => {
  const engine = createOnnxEngine();
  const edit = async (
    label: number,
    margin: number,
    maxSteps: number,
    of: Weights = weights,
    stages: readonly Stage[] = ['layer3', 'head'],
  ): Promise<AppliedEdit> => {
    const settings = { editor: gradientDescent(RATE), stages, margin, maxSteps };
    const runner = new EditRunner(engine, architecture, settings);
    const outcome = await runner.edit(of, { image, height: 9, width: 9, label });
    await runner.dispose();
    return outcome;
  };

  /** The constraint after 0, 1, 2, ... steps that nothing stops. */
  const course: number[] = [];
  beforeAll(async () => {
    for (let steps = 0; steps <= 8; steps++) {
      const outcome = await edit(wanted, NEVER, steps);
      expect([outcome.steps, outcome.success]).toEqual([steps, false]);
      course.push(outcome.lossAfter);
    }
    expect(course[0]).toBeCloseTo(BEHIND, 4);
    for (let step = 1; step <= 8; step++) expect(course[step]).toBeLessThan(course[step - 1]!);
  });

  test('changes nothing where the constraint holds already', async () => {
    const outcome = await edit(answer, BEHIND / 2, 10);
    expect(outcome).toMatchObject({ success: true, steps: 0 });
    expect(outcome.changed.size).toBe(0);
    expect(outcome.lossBefore).toBeCloseTo(-BEHIND, 4);
    expect(outcome.lossAfter).toBe(outcome.lossBefore);
  });

  test('goes on where it holds, but not by the margin', async () => {
    const outcome = await edit(answer, BEHIND + 0.01, 10);
    expect(outcome.success).toBe(true);
    expect(outcome.steps).toBeGreaterThan(0);
    expect(outcome.lossAfter).toBeLessThanOrEqual(-BEHIND - 0.01);
  });

  test.each([1, 2, 5, 8])('stops at the first step at which it holds: %i', async (step) => {
    // Halfway between this step's constraint and the one before.
    const margin = -(course[step]! + course[step - 1]!) / 2;
    const outcome = await edit(wanted, margin, 20);
    expect(outcome).toMatchObject({ success: true, steps: step });
    expect(outcome.lossAfter).toBe(course[step]);
    expect(outcome.lossBefore).toBe(course[0]);
    expect(constraint64(merged(outcome.changed), wanted)).toBeCloseTo(course[step]!, 4);
  });

  test('holds at the last step that is allowed, and fails one step short of it', async () => {
    const margin = -(course[4]! + course[3]!) / 2;
    expect(await edit(wanted, margin, 4)).toMatchObject({ success: true, steps: 4 });
    const failed = await edit(wanted, margin, 3);
    expect(failed).toMatchObject({ success: false, steps: 3, lossAfter: course[3] });
    expect(constraint64(merged(failed.changed), wanted)).toBeCloseTo(course[3]!, 4);
  });

  test('takes no tie for a success', async () => {
    const flat = new Map(weights);
    for (const name of ['fc.weight', 'fc.bias']) {
      const { shape, data } = weights.get(name)!;
      flat.set(name, { shape, data: new Float32Array(data.length) });
    }
    const outcome = await edit(wanted, 0, 5, flat, ['head']);
    expect(outcome).toMatchObject({ success: true, lossBefore: 0 });
    expect(outcome.steps).toBeGreaterThan(0);
    expect(outcome.lossAfter).toBeLessThan(0);
  });

  test.each<[readonly Stage[]]>([[['layer3']], [['stem', 'layer2']], [['head']], [STAGES]])(
    'changes the parameters of %j, no statistic, and not the weights it was given',
    async (stages) => {
      const digest = weightsDigest(weights);
      const { changed } = await edit(wanted, NEVER, 1, weights, stages);
      expect(weightsDigest(new Map(weights))).toBe(digest);
      const expected = [...parameterShapes(architecture).keys()].filter((name) =>
        stages.includes(stageOf(name)),
      );
      expect([...changed.keys()].sort()).toEqual(expected.sort());
      const moved = expected.filter((name) =>
        changed.get(name)!.data.some((value, i) => value !== weights.get(name)!.data[i]),
      );
      expect(moved.length).toBeGreaterThan(expected.length / 2);
      for (const [name, { shape }] of changed) expect(shape).toEqual(weights.get(name)!.shape);
    },
  );
});

describeEveryEngine((engine) => {
  let runner: EditRunner;
  beforeAll(() => {
    const settings = { editor: gradientDescent(1), stages: STAGES, margin: NEVER, maxSteps: 1 };
    runner = new EditRunner(engine, architecture, settings);
  });
  afterAll(() => runner.dispose());

  test('a step of gradient descent goes against the derivative of the constraint', async () => {
    const { changed } = await runner.edit(weights, { image, height: 9, width: 9, label: wanted });
    // The derivative along the step, of each parameter by itself: -|gradient|^2 at a rate of 1.
    for (const [name, { shape, data }] of changed) {
      const before = weights.get(name)!.data;
      const step = Float64Array.from(data, (value, i) => value - before[i]!);
      const squares = step.reduce((sum, value) => sum + value * value, 0);
      const length = Math.sqrt(squares);
      if (length < 1e-3) continue;
      const along = (by: number): NdArray => ({
        shape,
        data: step.map((value, i) => before[i]! + (by * value) / length),
      });
      const at = (by: number) => constraint64(new Map(start64).set(name, along(by)), wanted);
      const derivative = (at(1e-6) - at(-1e-6)) / 2e-6;
      expect(derivative / -length, name).toBeCloseTo(1, 2);
      // And across it: nothing.
      const other = random.between(-1, 1, shape).data;
      const overlap = other.reduce((sum, value, i) => sum + value * step[i]!, 0) / squares;
      const across = (by: number): NdArray => ({
        shape,
        data: step.map((value, i) => before[i]! + by * (other[i]! - overlap * value)),
      });
      const sideways = (by: number) => constraint64(new Map(start64).set(name, across(by)), wanted);
      expect(Math.abs(sideways(1e-6) - sideways(-1e-6)) / 2e-6 / length, name).toBeLessThan(1e-2);
    }
    expect([...changed.values()].length).toBe(68);
  });
});
