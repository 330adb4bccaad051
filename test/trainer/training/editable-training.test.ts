import { describe, expect, test } from 'vitest';
import { loadCheckpoint, loadNetwork } from '../../../trainer/checkpoint/checkpoint.ts';
import { rmsprop } from '../../../trainer/editor/rmsprop.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { weightsDigest } from '../../../trainer/network/weights.ts';
import { train } from '../../../trainer/training/train.ts';
import { EDITABLE, smallPlan } from './plan.ts';
import { freshPath, smallRun } from './small-run.ts';

const engine = createOnnxEngine();
const HEAD = { ...EDITABLE, steps: 1, stages: ['head' as const] };

/** One epoch of Editable Training, and the file that it left. */
async function trained(changes: Parameters<typeof smallPlan>[0]) {
  const path = await freshPath();
  const plan = smallPlan({ epochs: 1, editable: HEAD, ...changes });
  const finished = await train(smallRun(engine, path, { plan, interval: 1000 }));
  return { path, finished };
}

describe('coefficients', () => {
  // The margin is never reached, so that every edit takes both steps.
  const editable = {
    ...EDITABLE,
    stages: ['layer4' as const],
    editor: rmsprop(2e-3, 0.25),
    margin: 50,
  };

  test('that are fixed are in the checkpoint as they were given, and in no tensor', async () => {
    const { path, finished } = await trained({ editable });
    expect((await loadNetwork(path)).editing).toEqual({
      editor: 'rmsprop',
      coefficients: { rate: 2e-3, decay: 0.25 },
      steps: 2,
      margin: 50,
      stages: ['layer4'],
    });
    expect(finished.coefficients.size).toBe(0);
    expect(finished.training.curve[0]).not.toHaveProperty('editor.rate');
  });

  test('that are learned start where they were given, move, and are kept with their moments', async () => {
    const path = await freshPath();
    const plan = smallPlan({ epochs: 1, editable: { ...editable, learnCoefficients: true } });
    const seen: { rate: number; decay: number }[] = [];
    const finished = await train(
      smallRun(engine, path, {
        plan,
        interval: 1000,
        onProgress: ({ latest }) =>
          seen.push({ rate: latest['editor.rate']!, decay: latest['editor.decay']! }),
      }),
    );
    expect(seen[0]!.rate).toBeCloseTo(2e-3, 8);
    expect(seen[0]!.decay).toBeCloseTo(0.25, 6);
    const { rate, decay } = (await loadNetwork(path)).editing!.coefficients;
    expect(Math.abs(rate! / 2e-3 - 1)).toBeGreaterThan(1e-3);
    expect(decay).not.toBeCloseTo(0.25, 6);

    const { coefficients, moments } = await loadCheckpoint(path);
    const raw = (name: string) => coefficients.get(`editor.${name}`)!.data[0]!;
    expect(rate).toBeCloseTo(Math.exp(raw('rate')), 12);
    expect(decay).toBeCloseTo(1 / (1 + Math.exp(-raw('decay'))), 12);
    expect(moments.second.get('editor.rate')!.data[0]).toBeGreaterThan(0);
    expect(finished.weights.has('editor.rate')).toBe(false);
  });
});

test('ordinary training says nothing of editing', async () => {
  const { path } = await trained({ editable: null });
  expect(await loadNetwork(path)).not.toHaveProperty('editing');
});

test('edits of mistakes say which share was random, other policies do not', async () => {
  const curveOf = async (policy: 'likely' | 'mistakes') => {
    const { finished } = await trained({ editable: { ...HEAD, policy } });
    return finished.training.curve[0]!;
  };
  // The untrained network is wrong more often than not.
  expect((await curveOf('mistakes')).fallback).toBe(0);
  expect(await curveOf('likely')).not.toHaveProperty('fallback');
});

test('the options of editing all make a difference', async () => {
  const variants = [{}, { edits: 4 }, { firstOrder: true }, { policy: 'likely' as const }];
  const digests = new Set<string>();
  for (const changes of variants) {
    const { finished } = await trained({ editable: { ...HEAD, ...changes }, batchSize: 24 });
    digests.add(weightsDigest(finished.weights));
  }
  expect(digests.size).toBe(variants.length);
});

test('gradients are clipped to the joint norm that the plan says', async () => {
  const normAfterOneUpdate = async (clipNorm: number | null) => {
    const { finished } = await trained({ editable: null, clipNorm, batchSize: 48 });
    const squares = [...finished.moments.first.values()].flatMap(({ data }) =>
      Array.from(data, (value) => value ** 2),
    );
    // The first moment is a tenth of the first gradient.
    return 10 * Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  };
  const free = await normAfterOneUpdate(null);
  expect(free).toBeGreaterThan(0.1);
  expect(await normAfterOneUpdate(0.01)).toBeCloseTo(0.01, 5);
  expect(await normAfterOneUpdate(free * 2)).toBeCloseTo(free, 5);
});
