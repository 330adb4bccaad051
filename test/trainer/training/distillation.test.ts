import { expect, test } from 'vitest';
import { dataSet } from '../../../trainer/data/data-set.ts';
import type { PictureSet } from '../../../trainer/data/picture-set.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { weightsDigest } from '../../../trainer/network/weights.ts';
import { train } from '../../../trainer/training/train.ts';
import { EDITABLE, smallPlan } from './plan.ts';
import { freshPath, smallRun } from './small-run.ts';
import { stripes } from './stripes.ts';
import { opinionatedTeacher } from './teacher.ts';

const engine = createOnnxEngine();
const HEAD = { ...EDITABLE, steps: 1, stages: ['head' as const] };
const teacher = opinionatedTeacher();
const teacherDigest = weightsDigest(teacher.weights);

/** The striped pictures under labels that say nothing about them. */
function mislabelled() {
  const { train, test, preprocessing } = stripes();
  const wrong = (set: PictureSet) => ({ ...set, labels: set.labels.map((_, i) => (i * i) % 3) });
  return dataSet('stripes', wrong(train), wrong(test), preprocessing);
}

test('the student comes to answer as its teacher does', async () => {
  const { architecture } = smallPlan();
  const plan = smallPlan({
    architecture: { ...architecture, width: 4 },
    epochs: 15,
    teacherDigest,
  });
  const run = smallRun(engine, await freshPath(), { plan, teacher, interval: 1000 });
  const { curve } = (await train(run)).training;
  expect(curve.at(-1)!.agreement).toBeGreaterThan(0.85);
  expect(curve.at(-1)!.agreement).toBeGreaterThan(curve[0]!.agreement!);
  expect(curve.at(-1)!.loss).toBeLessThan(0.5 * curve[0]!.loss!);
  expect(curve.every(({ accuracy }) => accuracy === undefined)).toBe(true);
});

test.each([
  ['ordinary', null],
  ['editable with random edits', HEAD],
  ['editable with edits of mistakes', { ...HEAD, policy: 'mistakes' as const }],
])('labels play no part: %s, with validation', async (_, editable) => {
  const plan = smallPlan({ epochs: 1, editable, validation: 0.5, teacherDigest });
  const [one, other] = await Promise.all(
    [stripes(), mislabelled()].map(async (data) =>
      train(smallRun(engine, await freshPath(), { plan, data, teacher, interval: 1000 })),
    ),
  );
  expect(one!.dataSet.fingerprint).not.toBe(other!.dataSet.fingerprint);
  expect(weightsDigest(other!.weights)).toBe(weightsDigest(one!.weights));
  expect(other!.training.curve).toEqual(one!.training.curve);
});

test.each([
  ['labels', { labelNames: ['rows', 'columns', 'dots'] }],
  ['channel statistics', { preprocessing: { ...teacher.dataSet.preprocessing, mean: [0, 0, 0] } }],
  ['size', { preprocessing: { ...teacher.dataSet.preprocessing, height: 16, width: 16 } }],
])('a teacher of other %s is refused', async (_, changes) => {
  const stranger = { ...teacher, dataSet: { ...teacher.dataSet, ...changes } };
  const plan = smallPlan({ teacherDigest });
  const run = smallRun(engine, await freshPath(), { plan, teacher: stranger as typeof teacher });
  await expect(train(run)).rejects.toMatchObject({
    code: 'TEACHER_MISMATCH',
    message: expect.stringContaining('stripes'),
  });
});
