import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadNetwork } from '../../../trainer/checkpoint/checkpoint.ts';
import { type DataSet, dataSet } from '../../../trainer/data/data-set.ts';
import { splitValidation } from '../../../trainer/data/picture-set.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { Classifier } from '../../../trainer/evaluation/classifier.ts';
import { topClasses } from '../../../trainer/evaluation/top-class.ts';
import { type Weights, weightsDigest } from '../../../trainer/network/weights.ts';
import { bestPath } from '../../../trainer/training/best-epoch.ts';
import { train } from '../../../trainer/training/train.ts';
import { EDITABLE, smallPlan } from './plan.ts';
import { freshPath, smallRun } from './small-run.ts';
import { stripes } from './stripes.ts';
import { trainedNetwork } from './trained-network.ts';

const engine = createOnnxEngine();
const { architecture, seed } = smallPlan();
const HEAD = { ...EDITABLE, steps: 1, stages: ['head' as const] };

/** The share of the pictures held out of `data` that a network answers rightly. */
async function heldOutAccuracy(data: DataSet, weights: Weights, fraction: number) {
  const { validation } = splitValidation(data.train, fraction, seed);
  const classifier = new Classifier(engine, architecture);
  const logits = await classifier.logitsOfSet(weights, validation, data.preprocessing);
  await classifier.dispose();
  const right = [...topClasses(logits, 3)].filter((top, i) => top === validation.labels[i]);
  return right.length / validation.count;
}

test('every epoch is measured on the pictures held out, and the network of the best is kept', async () => {
  const data = stripes();
  const path = await freshPath();
  // Past its best at once: the second epoch wrecks what the first one learned.
  const plan = smallPlan({ epochs: 5, validation: 0.5, learningRate: 0.05, schedule: 'constant' });
  const finished = await train(smallRun(engine, path, { data, plan, interval: 1000 }));
  const epochs = finished.training.curve.filter(({ epoch }) => epoch !== undefined);
  expect(epochs.map(({ epoch, step }) => [epoch, step])).toEqual(
    [1, 2, 3, 4, 5].map((e) => [e, 3 * e]),
  );
  const accuracies = epochs.map(({ validationAccuracy }) => validationAccuracy!);
  expect(new Set(accuracies).size).toBeGreaterThan(1);

  const best = await loadNetwork(bestPath(path));
  expect(best.training.epoch).toBe(1 + accuracies.indexOf(Math.max(...accuracies)));
  expect(await heldOutAccuracy(data, best.weights, 0.5)).toBe(Math.max(...accuracies));
  expect(await heldOutAccuracy(data, finished.weights, 0.5)).toBe(accuracies.at(-1));
});

test('what is held out teaches nothing, and the test set is not looked at', async () => {
  const data = stripes();
  const blank = Uint8Array.from(data.train.pixels);
  const { validation } = splitValidation(data.train, 0.5, seed);
  const size = validation.pixels.length / validation.count;
  const key = (pixels: Uint8Array) => Buffer.from(pixels).toString('base64');
  const held = new Set(
    Array.from({ length: validation.count }, (_, i) =>
      key(validation.pixels.subarray(i * size, (i + 1) * size)),
    ),
  );
  for (let i = 0; i < data.train.count; i++) {
    const pixels = blank.subarray(i * size, (i + 1) * size);
    if (held.has(key(pixels))) pixels.fill(7);
  }
  const changed = {
    ...dataSet('stripes', { ...data.train, pixels: blank }, data.test, data.preprocessing),
    get test(): never {
      throw new Error('Training looked at the test set.');
    },
  };
  const plan = smallPlan({ epochs: 2, editable: HEAD, validation: 0.5 });
  const [one, other] = await Promise.all(
    [data, changed].map(async (each) =>
      train(smallRun(engine, await freshPath(), { data: each, plan, interval: 1000 })),
    ),
  );
  expect(one!.dataSet.fingerprint).not.toBe(other!.dataSet.fingerprint);
  expect(weightsDigest(one!.weights)).toBe(weightsDigest(other!.weights));
});

describe('of Editable Training', () => {
  const trained = trainedNetwork(engine, stripes());

  /** Figures of a trained network, with this rate of the editor, on the head. */
  async function figuresAt(rate: number) {
    const { architecture, weights: start } = await trained;
    const editable = {
      ...HEAD,
      editor: gradientDescent(rate),
      // Never what the network answers already.
      policy: 'likely' as const,
    };
    const startDigest = weightsDigest(start);
    const learningRate = 1e-6;
    const changes = { architecture, startDigest, learningRate, batchSize: 24 };
    const plan = smallPlan({ epochs: 1, editable, validation: 0.5, ...changes });
    const { training } = await train(smallRun(engine, await freshPath(), { plan, start }));
    return training.curve.at(-1)!;
  }

  test('edits that change nothing fail, harm nothing and score nothing', async () => {
    expect(await figuresAt(1e-12)).toMatchObject({
      validationSuccess: 0,
      validationDrawdown: 0,
      validationSteps: 10,
      validationScore: 0,
    });
  });

  test('edits that succeed score the accuracy that they leave', async () => {
    const figures = await figuresAt(2);
    expect(figures.validationSuccess).toBe(1);
    expect(figures.validationSteps).toBeLessThan(10);
    expect(figures.validationDrawdown).toBeGreaterThan(0);
    const left = figures.validationAccuracy! - figures.validationDrawdown!;
    expect(figures.validationScore).toBeCloseTo(left, 12);
  });
});

test('nothing is held out unless asked for', async () => {
  const path = await freshPath();
  const { training } = await train(smallRun(engine, path, { plan: smallPlan({ epochs: 1 }) }));
  expect(training.curve.map(({ updates }) => updates)).toEqual([6]);
  expect(existsSync(bestPath(path))).toBe(false);
});
