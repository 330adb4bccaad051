import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inverseCurvature } from '../../../trainer/curvature/inverse-curvature.ts';
import { secondMoment } from '../../../trainer/curvature/second-moment.ts';
import { EditRunner } from '../../../trainer/editor/apply-editor.ts';
import type { EditSettings } from '../../../trainer/editor/edit-task.ts';
import { preconditionedGradient } from '../../../trainer/editor/preconditioned-gradient.ts';
import type { Engine } from '../../../trainer/engine/engine.ts';
import type { Architecture } from '../../../trainer/network/architecture.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import type { NdArray } from '../engine/float64/nd-array.ts';
import { RandomArrays } from '../engine/float64/random-array.ts';
import { ENGINES } from '../engine/present-engines.ts';
import { randomWeights } from '../export/random-network.ts';
import { resnet18Float64, toFloat64 } from '../network/resnet18-float64.ts';
import { constraint64 } from './constraint-float64.ts';

const architecture: Architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 };
const FEATURES = 16;
const weights = randomWeights(architecture, 71);
const start64 = toFloat64(weights);
const random = new RandomArrays(72);
const draw = () => random.between(-2, 2, [1, 3, 8, 8]);
const featuresOf = (image: NdArray) => [...resnet18Float64(start64, image, 'eval').features.data];
const others = Array.from({ length: 30 }, draw).map(featuresOf);
const curvature = secondMoment(Float32Array.from(others.flat()), others.length);
const inverse = inverseCurvature(curvature);

const picture = draw();
const losses = [0, 1, 2].map((label) => constraint64(start64, picture, label));
const label = losses.indexOf(Math.max(...losses));
const before = losses[label]!;
const task = { image: Float32Array.from(picture.data), height: 8, width: 8, label };
const matrix = start64.get('fc.weight')!.data;
const MARGIN = 0.25;

async function edit(engine: Engine, changes: Partial<EditSettings> = {}, given: object = {}) {
  const settings = {
    editor: preconditionedGradient(),
    stages: ['head'] as const,
    margin: MARGIN,
    maxSteps: 10,
    ...changes,
  };
  const runner = new EditRunner(engine, architecture, settings, { inverseCurvature: inverse });
  const outcome = await runner.edit(weights, { ...task, ...given });
  await runner.dispose();
  return outcome;
}

/** The change of the matrix that a patch makes, [classes,F] in a row. */
const moveOf = (changed: ReadonlyMap<string, { readonly data: ArrayLike<number> }>) =>
  Float64Array.from(changed.get('fc.weight')!.data, (value, at) => value - matrix[at]!);

describeEveryEngine((engine) => {
  test('a step goes along the gradient times the inverse, as far as the linear model says', async () => {
    const { changed, steps, lossBefore } = await edit(engine, { maxSteps: 1 });
    const features = featuresOf(picture);
    const logits = [...resnet18Float64(start64, picture, 'eval').logits.data];
    const rival = logits.indexOf(Math.max(...logits.filter((_, each) => each !== label)));
    const direction = Array.from({ length: FEATURES }, (_, column) =>
      features.reduce((sum, each, k) => sum + each * inverse.data[k * FEATURES + column]!, 0),
    );
    const slope = 2 * features.reduce((sum, each, at) => sum + each * direction[at]!, 0);
    const length = (before + MARGIN + 0.02) / slope;
    expect(steps).toBe(1);
    expect(lossBefore).toBeCloseTo(before, 4);
    const largest = Math.max(...direction.map(Math.abs)) * length;
    moveOf(changed).forEach((moved, at) => {
      const row = Math.floor(at / FEATURES);
      const sign = row === rival ? -1 : row === label ? 1 : 0;
      const expected = sign * length * direction[at % FEATURES]!;
      expect(Math.abs(moved - expected)).toBeLessThan(2e-3 * largest);
    });
    expect([...changed.keys()]).toEqual(['fc.weight']);
  });

  test('a few steps let the constraint hold with the margin', async () => {
    const { success, steps, changed, lossAfter } = await edit(engine);
    expect(success).toBe(true);
    expect(steps).toBeLessThanOrEqual(3);
    const after = constraint64(toFloat64(new Map([...weights, ...changed])), picture, label);
    expect(lossAfter).toBeCloseTo(after, 3);
    expect(after).toBeLessThanOrEqual(-MARGIN + 1e-3);
    expect(after).toBeGreaterThan(-MARGIN - 0.5);
  });

  test('it goes on until the views that are asked for follow', async () => {
    const viewed = Array.from({ length: 4 }, () => {
      const noise = random.between(-0.4, 0.4, picture.shape).data;
      return { ...picture, data: picture.data.map((each, at) => each + noise[at]!) };
    });
    const views = viewed.map(({ data }) => ({ image: Float32Array.from(data), label }));
    const { success, changed } = await edit(engine, { views: 1, maxSteps: 60 }, { views });
    const after = toFloat64(new Map([...weights, ...changed]));
    expect(success).toBe(true);
    for (const view of viewed) expect(constraint64(after, view, label)).toBeLessThan(1e-4);
  });

  test('several pictures get their labels by one edit', async () => {
    const second = draw();
    const wanted = [0, 1, 2].map((each) => constraint64(start64, second, each));
    const other = wanted.indexOf(Math.max(...wanted));
    const together = [{ image: Float32Array.from(second.data), label: other }];
    const { success, changed } = await edit(engine, { maxSteps: 60 }, { together });
    const after = toFloat64(new Map([...weights, ...changed]));
    expect(success).toBe(true);
    expect(constraint64(after, picture, label)).toBeLessThanOrEqual(-MARGIN + 1e-3);
    expect(constraint64(after, second, other)).toBeLessThanOrEqual(-MARGIN + 1e-3);
  });
});

describe('the step', () => {
  const engine = ENGINES.find((each) => each.engine)!.engine!;

  test('of all that gain as much, changes the answers to the other pictures the least', async () => {
    const move = moveOf((await edit(engine, { maxSteps: 1 })).changed);
    const trace = Array.from({ length: FEATURES }, (_, at) => curvature.data[at * FEATURES + at]!);
    const ridge = trace.reduce((sum, each) => sum + each, 0) / FEATURES / 1000;
    /** What it costs: the mean squared change of the logits, with the ridge. */
    const cost = (of: Float64Array) => {
      let sum = 0;
      for (let row = 0; row < 3; row++) {
        const part = of.subarray(row * FEATURES, (row + 1) * FEATURES);
        for (const h of others) {
          sum += part.reduce((dot, each, at) => dot + each * h[at]!, 0) ** 2 / others.length;
        }
        sum += ridge * part.reduce((squares, each) => squares + each * each, 0);
      }
      return sum;
    };
    const rival = move.findIndex((each) => each !== 0);
    expect(rival).toBeGreaterThanOrEqual(0);
    const features = featuresOf(picture);
    const rows = [0, 1, 2].map((row) =>
      features.reduce((dot, each, at) => dot + each * move[row * FEATURES + at]!, 0),
    );
    const least = cost(move);
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
          minLength: 3 * FEATURES,
          maxLength: 3 * FEATURES,
        }),
        (noise) => {
          // Another move with the same effect on every logit of the picture.
          const size = Math.hypot(...features) ** 2;
          const other = Float64Array.from(move, (each, at) => {
            const row = Math.floor(at / FEATURES);
            const of = noise.slice(row * FEATURES, (row + 1) * FEATURES);
            const along = of.reduce((dot, one, k) => dot + one * features[k]!, 0) / size;
            return each + 0.1 * (noise[at]! - along * features[at % FEATURES]!);
          });
          const effect = (row: number) =>
            features.reduce((dot, each, at) => dot + each * other[row * FEATURES + at]!, 0);
          rows.forEach((each, row) => {
            expect(effect(row)).toBeCloseTo(each, 6);
          });
          expect(cost(other)).toBeGreaterThan(least * (1 - 1e-3));
        },
      ),
    );
  });

  test.each([
    [{ stages: ['head', 'layer4'] }, {}, 'STAGES_INVALID', /head,layer4/],
    [{ stages: ['layer3'] }, {}, 'STAGES_INVALID', /the head alone/],
    [
      { rehearsal: { weight: 1, pictures: 1, seed: 1 } },
      { rehearsed: new Float32Array(192) },
      'STAGES_INVALID',
      /rehearsing/,
    ],
    [{}, { inverseCurvature: null }, 'CURVATURE_MISSING', /patchwork package/],
  ] as const)('with %j is refused', (changes, grounds, code, message) => {
    const settings = {
      editor: preconditionedGradient(),
      stages: ['head'],
      margin: 0,
      maxSteps: 1,
      ...changes,
    } as EditSettings;
    const complete = { inverseCurvature: inverse, ...grounds };
    expect(() => new EditRunner(engine, architecture, settings, complete)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
