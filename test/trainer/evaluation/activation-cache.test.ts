import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Compiled, Engine, TensorMap } from '../../../trainer/engine/engine.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { ActivationCache } from '../../../trainer/evaluation/activation-cache.ts';
import { SuffixScorer } from '../../../trainer/evaluation/suffix-scorer.ts';
import { randomWeights } from '../export/random-network.ts';
import { stripes } from '../training/stripes.ts';
import { movedStages } from './edits-of-stages.ts';

const architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 } as const;
const data = stripes({ side: 8, test: 135 });
const networkOf = (seed: number) => ({
  architecture,
  weights: randomWeights(architecture, seed),
  preprocessing: data.preprocessing,
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-cache-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** An engine that counts what it runs. */
function countingEngine(): { engine: Engine; runs: () => number } {
  const inner = createOnnxEngine();
  let runs = 0;
  const compile = (fn: (inputs: TensorMap) => TensorMap): Compiled => {
    const compiled = inner.compile(fn);
    return {
      run: (inputs) => {
        runs++;
        return compiled.run(inputs);
      },
      dispose: () => compiled.dispose(),
    };
  };
  const engine: Engine = {
    name: inner.name,
    description: inner.description,
    upload: (values, shape) => inner.upload(values, shape),
    compile,
  };
  return { engine, runs: () => runs };
}

/** What a scorer of its own says of the whole set, before and after an edit, and what that took. */
async function score(cache: ActivationCache, seed = 1) {
  const { engine, runs } = countingEngine();
  const network = networkOf(seed);
  const scorer = new SuffixScorer(engine, network, { keepBefore: ['layer3', 'layer4'], cache });
  const prepared = await scorer.prepare(data.test);
  const prepareRuns = runs();
  const weights = movedStages(network.weights, ['layer4']);
  const edited = await scorer.logits(prepared, { weights, overrides: [] });
  const found = {
    logits: [...prepared.logits],
    features: [...prepared.features],
    edited: [...edited],
    prepareRuns,
  };
  await scorer.dispose();
  return found;
}

test('a set that was scored before is scored again without computing its prefix', async () => {
  const first = await score(new ActivationCache(folder));
  expect(first.prepareRuns).toBe(2);
  const second = await score(new ActivationCache(folder));
  expect(second).toEqual({ ...first, prepareRuns: 0 });
});

test('another network finds nothing', async () => {
  await score(new ActivationCache(folder));
  expect((await score(new ActivationCache(folder), 2)).prepareRuns).toBe(2);
});

test('a set with a file cut short is computed anew, and found the next time', async () => {
  const first = await score(new ActivationCache(folder));
  const file = (await readdir(folder)).find((name) => name.endsWith('.layer4'))!;
  await truncate(join(folder, file), 100);
  expect(await score(new ActivationCache(folder))).toEqual(first);
  expect((await score(new ActivationCache(folder))).prepareRuns).toBe(0);
});

test('what was used the longest ago goes when the bound is reached', async () => {
  await score(new ActivationCache(folder));
  await score(new ActivationCache(folder, 1), 2);
  expect((await score(new ActivationCache(folder, 1), 2)).prepareRuns).toBe(0);
  expect((await score(new ActivationCache(folder, 1))).prepareRuns).toBe(2);
});
