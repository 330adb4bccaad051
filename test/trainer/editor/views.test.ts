import { expect, test } from 'vitest';
import { EditRunner } from '../../../trainer/editor/apply-editor.ts';
import type { EditSettings } from '../../../trainer/editor/edit-task.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import type { Architecture } from '../../../trainer/network/architecture.ts';
import type { Weights } from '../../../trainer/network/weights.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import type { NdArray } from '../engine/float64/nd-array.ts';
import { RandomArrays } from '../engine/float64/random-array.ts';
import { randomWeights } from '../export/random-network.ts';
import { toFloat64, type Weights64 } from '../network/resnet18-float64.ts';
import { constraint64 } from './constraint-float64.ts';
import { slopeAlong, stepAlong } from './step-along.ts';

const architecture: Architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 };
const weights = randomWeights(architecture, 51);
const start64 = toFloat64(weights);
const random = new RandomArrays(52);
const draw = () => random.between(-2, 2, [1, 3, 8, 8]);
const drawn = Array.from({ length: 12 }, draw);
const loss = (image: NdArray) => constraint64(start64, image, label);
const sums = [0, 1, 2].map((each) =>
  drawn.reduce((sum, image) => sum + constraint64(start64, image, each), 0),
);
const label = sums.indexOf(Math.max(...sums));
// The picture is the nearest to the label of all that lack it, and the views are the farthest.
const [picture, ...farther] = drawn
  .filter((each) => loss(each) > 0)
  .sort((a, b) => loss(a) - loss(b)) as [NdArray, ...NdArray[]];
const viewed = farther.slice(-4);
const labelled = ({ data }: NdArray) => ({ image: Float32Array.from(data), label });
const task = { ...labelled(picture), height: 8, width: 8 };
const views = viewed.map(labelled);
const NEVER = 1e6;
const RATE = 2e-3;

/** The share of the views that have the label, by the definition. */
function following(changed: Weights): number {
  const after = toFloat64(new Map([...weights, ...changed]));
  const held = viewed.filter((view) => constraint64(after, view, label) < 0);
  return held.length / viewed.length;
}

describeEveryEngine((engine) => {
  const edit = async (settings: Partial<EditSettings>, given: object = { views }) => {
    const complete = {
      editor: gradientDescent(RATE),
      stages: ['layer3', 'head'] as const,
      margin: NEVER,
      maxSteps: 1,
      ...settings,
    };
    const runner = new EditRunner(engine, architecture, complete);
    const outcome = await runner.edit(weights, { ...task, ...given });
    await runner.dispose();
    return outcome;
  };

  test('a step goes against the derivative of the constraint and of the softened losses of views', async () => {
    const { changed } = await edit({ views: 1 });
    const step = toFloat64(changed);
    const objective = (current: Weights64, weight: number) => {
      const soft = viewed.map((view) => Math.log1p(Math.exp(constraint64(current, view, label))));
      const mean = soft.reduce((sum, each) => sum + each, 0) / soft.length;
      return (constraint64(current, picture, label) + weight * mean) / 2;
    };
    let told = 0;
    for (let trial = 0; trial < 3; trial++) {
      const direction = new Map(
        [...step].map(([name, { shape }]) => [name, random.between(-1, 1, shape)]),
      );
      const slope = (weight: number) =>
        slopeAlong(direction, start64, (current) => objective(current, weight));
      const along = stepAlong(direction, start64, step);
      const [expected, without] = [-RATE * slope(1), -RATE * slope(0)];
      const scale = Math.max(Math.abs(expected), Math.abs(without));
      expect(Math.abs(along - expected) / scale).toBeLessThan(1e-2);
      told = Math.max(told, Math.abs(without - expected) / scale);
    }
    expect(told).toBeGreaterThan(0.1);
  });

  test('an edit goes on until enough views follow, and its success is that of the constraint', async () => {
    const patient = { editor: gradientDescent(RATE), margin: 0, maxSteps: 80 };
    const alone = await edit(patient, {});
    const carried = await edit({ ...patient, views: 1 });
    expect([alone.success, carried.success]).toEqual([true, true]);
    expect(following(alone.changed)).toBeLessThan(1);
    expect(following(carried.changed)).toBe(1);
    const short = await edit({ ...patient, views: 1, maxSteps: carried.steps - 1 });
    expect(following(short.changed)).toBeLessThan(1);
    const after = toFloat64(new Map([...weights, ...short.changed]));
    expect(short.success).toBe(constraint64(after, picture, label) < 0);
    expect(short.steps).toBe(carried.steps - 1);
  });

  test('settings without views leave those of a task out', async () => {
    expect((await edit({})).changed).toEqual((await edit({}, {})).changed);
  });
});
