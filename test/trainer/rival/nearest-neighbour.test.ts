import { afterAll, describe, expect, test } from 'vitest';
import { pictureAt } from '../../../trainer/data/picture-set.ts';
import type { EditedModel } from '../../../trainer/editor/edit-method.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { SuffixScorer } from '../../../trainer/evaluation/suffix-scorer.ts';
import { topClasses } from '../../../trainer/evaluation/top-class.ts';
import { calibratedRadius } from '../../../trainer/rival/calibrated-radius.ts';
import { NearestNeighbour } from '../../../trainer/rival/nearest-neighbour.ts';
import { architecture, data, snapshot, unfixed } from './striped-fixes.ts';

const { test: set, preprocessing } = data;
const scorer = new SuffixScorer(
  createOnnxEngine(),
  { architecture, weights: unfixed.weights, preprocessing },
  { keepBefore: [] },
);
afterAll(() => scorer.dispose());

const prepared = await scorer.prepare(set);
const before = [...topClasses(prepared.logits, 3)];
const answers = async (model: EditedModel) => [
  ...topClasses(await scorer.logits(prepared, model), 3),
];

/** Angle distances by the definition, in double precision. */
function distance(one: number, other: number, features = prepared.features): number {
  const row = (index: number) => [...features.subarray(16 * index, 16 * index + 16)];
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const [a, b] = [row(one), row(other)];
  return 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

async function fixed(radius: number, fixes: readonly (readonly [number, number])[]) {
  const method = new NearestNeighbour(scorer, set.labelNames, radius);
  let model = unfixed;
  for (const [index, label] of fixes) {
    const was = snapshot(model);
    const outcome = await method.edit(model, { picture: pictureAt(set, index), label });
    expect(outcome).toMatchObject({ success: true, steps: 1, lossBefore: null, lossAfter: null });
    expect(snapshot(model)).toEqual(was);
    model = outcome.model;
  }
  expect(model.weights).toBe(unfixed.weights);
  return model;
}

describe('nearest neighbours', () => {
  test('take the picture alone at a radius of 0', async () => {
    const label = (before[7]! + 1) % 3;
    const expected = before.map((answer, index) => (index === 7 ? label : answer));
    expect(await answers(await fixed(0, [[7, label]]))).toEqual(expected);
  });

  test('take everything at a radius of 2', async () => {
    expect(await answers(await fixed(2, [[7, 2]]))).toEqual(before.map(() => 2));
  });

  test('take what lies within the radius between', async () => {
    const distances = before.map((_, index) => distance(7, index));
    const sorted = [...distances].sort((a, b) => a - b);
    const radius = (sorted[12]! + sorted[13]!) / 2;
    const label = (before[7]! + 1) % 3;
    const expected = before.map((answer, i) => (distances[i]! <= radius ? label : answer));
    expect(expected).not.toEqual(before);
    expect(await answers(await fixed(radius, [[7, label]]))).toEqual(expected);
  });

  test('give each picture the label of the fix that is nearest, whichever is newer', async () => {
    const fixes = [
      [7, 0],
      [21, 1],
      [33, 2],
    ] as const;
    const expected = before.map((_, picture) => {
      const distances = fixes.map(([fix]) => distance(fix, picture));
      return fixes[distances.indexOf(Math.min(...distances))]![1];
    });
    expect(new Set(expected).size).toBe(3);
    expect(await answers(await fixed(2, fixes))).toEqual(expected);
    expect(await answers(await fixed(2, fixes.toReversed()))).toEqual(expected);
  });

  test('give a picture that is fixed again its new label', async () => {
    const model = await fixed(0, [
      [7, 0],
      [7, 1],
    ]);
    expect((await answers(model))[7]).toBe(1);
  });
});

describe('the radius', () => {
  test('is the lowest thousandth of the distances between classes', async () => {
    const all = await scorer.prepare(data.train);
    const distances: number[] = [];
    for (let one = 0; one < 48; one++) {
      for (let other = 0; other < one; other++) {
        if (data.train.labels[one] === data.train.labels[other]) continue;
        distances.push(distance(one, other, all.features));
      }
    }
    // Of 768 pairs, a thousandth is less than one.
    expect(distances).toHaveLength(768);
    const radius = await calibratedRadius(scorer, data.train, 1);
    expect(radius).toBeCloseTo(Math.min(...distances), 9);
    await all.dispose();
  });

  test('does not come from pictures of one class', async () => {
    const flat = { ...data.train, labels: new Uint8Array(data.train.count) };
    await expect(calibratedRadius(scorer, flat, 1)).rejects.toMatchObject({
      code: 'PICTURES_MISSING',
    });
  });
});
