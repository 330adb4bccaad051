import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { loadCheckpoint } from '../../../trainer/checkpoint/checkpoint.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { initialWeights } from '../../../trainer/network/initialise.ts';
import { weightsDigest } from '../../../trainer/network/weights.ts';
import { train } from '../../../trainer/training/train.ts';
import { EDITABLE, smallPlan } from './plan.ts';
import { freshPath, Interrupted, interruptAt, smallRun } from './small-run.ts';
import { stripes } from './stripes.ts';

const engine = createOnnxEngine();

describe('training', () => {
  test('learns to tell striped pictures apart', async () => {
    const { architecture } = smallPlan();
    const plan = smallPlan({ architecture: { ...architecture, width: 4 }, epochs: 10 });
    const finished = await train(smallRun(engine, await freshPath(), { plan, interval: 1000 }));
    const { epoch, step, curve } = finished.training;
    expect([epoch, step]).toEqual([10, 60]);
    expect(curve.map((point) => [point.step, point.updates])).toEqual([
      [20, 20],
      [40, 20],
      [60, 20],
    ]);
    expect(curve[0]!.loss).toBeLessThan(1.5 * Math.log(3));
    expect(curve[2]!.loss).toBeLessThan(curve[1]!.loss!);
    expect(curve[2]!.loss).toBeLessThan(0.5 * Math.log(3));
    expect(curve[2]!.accuracy).toBeGreaterThan(0.8);
  });

  test.each([
    ['ordinary', null],
    ['editable', EDITABLE],
  ])('%s: gives the same file for the same seed, and another for another', async (_, editable) => {
    const fileOf = async (seed: number) => {
      const path = await freshPath();
      const plan = smallPlan({ editable, seed, epochs: 1 });
      await train(smallRun(engine, path, { plan }));
      return readFile(path);
    };
    const first = await fileOf(1);
    expect((await fileOf(1)).equals(first)).toBe(true);
    expect((await fileOf(2)).equals(first)).toBe(false);
  });

  test('returns what it left in the file, and asks nothing of a finished one', async () => {
    const path = await freshPath();
    const run = smallRun(engine, path, { plan: smallPlan({ epochs: 1 }) });
    const finished = await train(run);
    expect(await loadCheckpoint(path)).toEqual(finished);
    const bytes = await readFile(path);
    const again = await train({ ...run, resume: finished, onProgress: interruptAt(7) });
    expect(again).toEqual(finished);
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  test('weight decay makes weights shrink, by the learning rate of each update', async () => {
    const { architecture } = smallPlan();
    const start = initialWeights(architecture, 9);
    const startDigest = weightsDigest(start);
    const sizeOf = async (weightDecay: number) => {
      const schedule = 'constant';
      const plan = smallPlan({ schedule, learningRate: 1e-6, weightDecay, startDigest, epochs: 2 });
      const { weights } = await train(smallRun(engine, await freshPath(), { plan, start }));
      return Math.hypot(...weights.get('layer1.0.conv1.weight')!.data);
    };
    const share = (await sizeOf(1e5)) / (await sizeOf(0));
    expect(share).toBeCloseTo(0.9 ** 12, 3);
  });

  test('starts from given weights, which stay as they are', async () => {
    const { architecture } = smallPlan();
    const start = initialWeights(architecture, 9);
    const startDigest = weightsDigest(start);
    const plan = smallPlan({ epochs: 1, startDigest, learningRate: 1e-6 });
    const { weights } = await train(smallRun(engine, await freshPath(), { plan, start }));
    expect(weightsDigest(new Map(start))).toBe(startDigest);
    const [before, after] = [start, weights].map((each) => each.get('conv1.weight')!.data);
    expect(after).not.toEqual(before);
    after!.forEach((value, index) => {
      expect(Math.abs(value - before![index]!)).toBeLessThan(1e-4);
    });
  });
});

describe('resuming', () => {
  describe('by the clock', () => {
    afterEach(() => {
      vi.useRealTimers();
    });

    test('loses no more than the interval and the update in it, however slow updates are', async () => {
      vi.useFakeTimers({ toFake: ['Date'] });
      const path = await freshPath();
      const run = smallRun(engine, path, {
        interval: 30,
        onProgress: (progress) => {
          vi.setSystemTime(Date.now() + 10_000);
          interruptAt(12)(progress);
        },
      });
      await expect(train(run)).rejects.toThrow(Interrupted);
      expect((await loadCheckpoint(path)).training.step).toBe(9);
    });
  });

  test('is refused with another plan, and the checkpoint stays', async () => {
    const path = await freshPath();
    const run = smallRun(engine, path, { plan: smallPlan({ epochs: 1 }) });
    const resume = await train(run);
    const bytes = await readFile(path);
    const plans = [
      { learningRate: 2e-2 },
      { weightDecay: 0.1 },
      { cutout: 2 },
      { epochs: 5 },
      { schedule: 'constant' as const },
      { batchSize: 6 },
      { seed: 2 },
      { editable: EDITABLE },
      { startDigest: 'ff' },
      { teacherDigest: 'ff' },
      { validation: 0.1 },
      { clipNorm: 10 },
      { architecture: { ...smallPlan().architecture, width: 4 } },
    ];
    for (const changes of plans) {
      const plan = smallPlan({ epochs: 1, ...changes });
      await expect(train({ ...run, plan, resume }), JSON.stringify(changes)).rejects.toMatchObject({
        code: 'OPTIONS_CHANGED',
        message: expect.stringContaining(path),
      });
    }
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  test('is refused with other options of the editor', async () => {
    const path = await freshPath();
    const plan = smallPlan({ epochs: 1, editable: EDITABLE });
    const run = smallRun(engine, path, { plan });
    const resume = await train(run);
    for (const changes of [
      { steps: 1 },
      { margin: 0.2 },
      { stages: ['head' as const] },
      { editor: gradientDescent(0.04) },
      { firstOrder: true },
      { policy: 'likely' as const },
      { edits: 2 },
      { learnCoefficients: true },
    ]) {
      const other = { ...plan, editable: { ...EDITABLE, ...changes } };
      await expect(train({ ...run, plan: other, resume })).rejects.toMatchObject({
        code: 'OPTIONS_CHANGED',
      });
    }
  });

  test('is refused with other pictures, and the checkpoint stays', async () => {
    const path = await freshPath();
    const run = smallRun(engine, path, { plan: smallPlan({ epochs: 1 }) });
    const resume = await train(run);
    const bytes = await readFile(path);
    await expect(train({ ...run, data: stripes({ seed: 2 }), resume })).rejects.toMatchObject({
      code: 'DATA_CHANGED',
      message: expect.stringContaining(path),
    });
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });
});

describe('divergence', () => {
  test('ends the training, and the last checkpoint with finite weights stays', async () => {
    const path = await freshPath();
    const run = smallRun(engine, path, { plan: smallPlan({ learningRate: 1e30 }) });
    await expect(train(run)).rejects.toMatchObject({
      code: 'DIVERGED',
      message: expect.stringMatching(/at update \d+; lower the learning rate/),
    });
    const { weights, training } = await loadCheckpoint(path);
    expect(training.step).toBeGreaterThanOrEqual(1);
    for (const { data } of weights.values()) expect(data.every(Number.isFinite)).toBe(true);
  });

  test('in the last update is not written either', async () => {
    const path = await freshPath();
    const plan = smallPlan({ epochs: 1, batchSize: 48, learningRate: 1e39, schedule: 'constant' });
    await expect(train(smallRun(engine, path, { plan }))).rejects.toMatchObject({
      code: 'DIVERGED',
    });
    expect(existsSync(path)).toBe(false);
  });
});

test.each([
  [{ epochs: 0 }, /epochs is 0/],
  [{ epochs: 1.5 }, /epochs is 1\.5/],
  [{ batchSize: 1 }, /batch size is 1/],
  [{ learningRate: 0 }, /learning rate is 0/],
  [{ learningRate: Number.NaN }, /learning rate is NaN/],
  [{ weightDecay: -0.1 }, /weight decay is -0\.1/],
  [{ weightDecay: 100 }, /weight decay is 100/],
  [{ cutout: 1.5 }, /cutout is 1\.5/],
  [{ cutout: -1 }, /cutout is -1/],
  [{ architecture: { ...smallPlan().architecture, width: 0 } }, /width is 0/],
  [{ editable: { ...EDITABLE, steps: 0 } }, /editor steps is 0/],
  [{ editable: { ...EDITABLE, stages: [] } }, /at least one stage/],
  [{ editable: { ...EDITABLE, edits: 0 } }, /edits is 0/],
  [{ editable: { ...EDITABLE, edits: 3 } }, /edits is 3; give one that divides the batch of 8/],
  [{ clipNorm: 0 }, /clip is 0/],
  [{ validation: 1 }, /validation is 1/],
  [{ validation: -0.1 }, /validation is -0\.1/],
])('a plan that makes no sense is refused: %o', async (changes, message) => {
  const path = await freshPath();
  const run = smallRun(engine, path, { plan: smallPlan(changes) });
  await expect(train(run)).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
    message: expect.stringMatching(message),
  });
  expect(existsSync(path)).toBe(false);
});
