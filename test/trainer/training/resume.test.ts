import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type Checkpoint, loadCheckpoint } from '../../../trainer/checkpoint/checkpoint.ts';
import { rmsprop } from '../../../trainer/editor/rmsprop.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { initialWeights } from '../../../trainer/network/initialise.ts';
import { weightsDigest } from '../../../trainer/network/weights.ts';
import { bestPath } from '../../../trainer/training/best-epoch.ts';
import { train } from '../../../trainer/training/train.ts';
import { EDITABLE, smallPlan } from './plan.ts';
import { freshPath, Interrupted, interruptAt, smallRun } from './small-run.ts';
import { opinionatedTeacher } from './teacher.ts';

const engine = createOnnxEngine();
const START = initialWeights(smallPlan().architecture, 9);
const TEACHER = opinionatedTeacher();
const LAYER4 = { ...EDITABLE, stages: ['layer4' as const] };
const HEAD = { ...EDITABLE, steps: 1, stages: ['head' as const] };

// Within an epoch, at its end, where a point of the curve is complete, and just behind.
test.each([
  ['ordinary training', {}, [3, 7, 21, 22]],
  ['Editable Training', { editable: LAYER4, epochs: 2 }, [3, 7]],
  [
    'fine-tuning with several likely edits by RMSProp, whose coefficients are learned',
    {
      editable: {
        ...LAYER4,
        editor: rmsprop(),
        learnCoefficients: true,
        policy: 'likely' as const,
        edits: 2,
      },
      startDigest: weightsDigest(START),
      clipNorm: 1,
      epochs: 1,
    },
    [4],
  ],
  [
    'distillation with edits of mistakes to first order, and validation',
    {
      editable: { ...HEAD, firstOrder: true, policy: 'mistakes' as const },
      teacherDigest: weightsDigest(TEACHER.weights),
      validation: 0.5,
      epochs: 3,
    },
    [3, 5],
  ],
])(
  '%s goes on along the same curve to the same file',
  {
    timeout: 180_000,
  },
  async (_, changes, updates) => {
    const plan = smallPlan(changes);
    const given = {
      plan,
      start: plan.startDigest === null ? null : START,
      teacher: plan.teacherDigest === null ? null : TEACHER,
    };
    const whole = await freshPath();
    const expected = await train(smallRun(engine, whole, given));

    const path = await freshPath();
    let resume: Checkpoint | null = null;
    const perEpoch = plan.validation > 0 ? 3 : 6;
    for (const update of updates) {
      const run = smallRun(engine, path, { ...given, resume, onProgress: interruptAt(update) });
      await expect(train(run)).rejects.toThrow(Interrupted);
      resume = await loadCheckpoint(path);
      expect(resume.training.step).toBe(update - 1);
      expect(resume.training.epoch).toBe(Math.floor((update - 1) / perEpoch));
    }
    const finished = await train(smallRun(engine, path, { ...given, resume }));
    expect(finished.training.curve).toEqual(expected.training.curve);
    expect((await readFile(path)).equals(await readFile(whole))).toBe(true);
    if (plan.validation === 0) return;
    expect((await readFile(bestPath(path))).equals(await readFile(bestPath(whole)))).toBe(true);
  },
);
