import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pictureAt } from '../../../trainer/data/picture-set.ts';
import type { Engine } from '../../../trainer/engine/engine.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { weightsDigest } from '../../../trainer/network/weights.ts';
import { augmentedSet } from '../../../trainer/rival/augmented-set.ts';
import { Retraining, type RetrainingBudget } from '../../../trainer/rival/retraining.ts';
import {
  architecture,
  constraint64,
  data,
  fixOf,
  MARGIN,
  mistakes,
  snapshot,
  unfixed,
} from './striped-fixes.ts';

const engine = createOnnxEngine();
const BUDGET: RetrainingBudget = { updates: 12, batchSize: 16, learningRate: 1e-2 };

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'patchwork-retraining-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function retraining(folder: string, budget = BUDGET, on: Engine = engine): Retraining {
  const method = new Retraining({
    engine: on,
    architecture,
    data,
    margin: MARGIN,
    seed: 1,
    folder,
    interval: 0,
    budget,
  });
  onTestFinished(() => method.dispose());
  return method;
}

/** An engine that counts runs that train, and ends the process' work at one of them. */
function failingEngine(at: number) {
  const counts = { updates: 0 };
  const failing: Engine = {
    ...engine,
    compile(fn) {
      const compiled = engine.compile(fn);
      return {
        run: async (inputs) => {
          if ('rate' in inputs && ++counts.updates === at) throw new Error('killed');
          return compiled.run(inputs);
        },
        dispose: () => compiled.dispose(),
      };
    },
  };
  return { failing, counts };
}

test('a fix comes to hold, out of place, and its checkpoint goes', async () => {
  const folder = await freshFolder();
  const fix = mistakes()[0]!;
  const was = snapshot(unfixed);
  const outcome = await retraining(folder, { ...BUDGET, updates: 60 }).edit(unfixed, fix);
  expect(snapshot(unfixed)).toEqual(was);
  expect(outcome).toMatchObject({ success: true, steps: 60 });
  expect(outcome.lossBefore).toBeCloseTo(constraint64(unfixed.weights, fix), 3);
  const after = constraint64(outcome.model.weights, fix);
  expect(outcome.lossAfter).toBeCloseTo(after, 3);
  expect(after).toBeLessThan(-MARGIN);
  expect(await readdir(folder)).toEqual([]);
  const again = await retraining(folder).edit(outcome.model, fix);
  expect(again).toMatchObject({ success: true, steps: 0, model: outcome.model });
});

test('killed half-way, it goes on to the very weights', async () => {
  const fix = fixOf(2);
  const whole = await retraining(await freshFolder()).edit(unfixed, fix);
  expect(whole.steps).toBe(12);

  const folder = await freshFolder();
  const { failing } = failingEngine(8);
  await expect(retraining(folder, BUDGET, failing).edit(unfixed, fix)).rejects.toThrow('killed');
  expect(await readdir(folder)).toHaveLength(1);
  // Another edit meanwhile neither goes on from there nor takes it away.
  const { failing: other, counts: otherCounts } = failingEngine(Number.POSITIVE_INFINITY);
  await retraining(folder, BUDGET, other).edit(unfixed, fixOf(5));
  expect(otherCounts.updates).toBe(12);

  const { failing: counting, counts } = failingEngine(Number.POSITIVE_INFINITY);
  const resumed = await retraining(folder, BUDGET, counting).edit(unfixed, fix);
  expect(counts.updates).toBe(12 - 7);
  expect(weightsDigest(resumed.model.weights)).toBe(weightsDigest(whole.model.weights));
  expect(resumed.lossAfter).toBe(whole.lossAfter);
  expect(await readdir(folder)).toEqual([]);
});

test('earlier fixes stay in the training set', async () => {
  const budget = { ...BUDGET, updates: 3 };
  const method = retraining(await freshFolder(), budget);
  const one = await method.edit(unfixed, fixOf(2));
  const was = snapshot(one.model);
  const copy = { weights: new Map(one.model.weights), overrides: [] };
  const digests: string[] = [];
  for (const [each, model] of [
    [method, one.model],
    [method, copy],
    [retraining(await freshFolder(), budget), one.model],
  ] as const) {
    digests.push(weightsDigest((await each.edit(model, fixOf(5))).model.weights));
  }
  expect(digests[1]).toBe(digests[0]);
  // One that did not make the first fix trains on another set.
  expect(digests[2]).not.toBe(digests[0]);
  expect(snapshot(one.model)).toEqual(was);
});

test('fixes make up a sixteenth of the augmented set, each alike', () => {
  const fixes = [fixOf(2), fixOf(5)];
  const set = augmentedSet(data.train, fixes, 64, 1);
  expect([set.count, set.labels.length, set.pixels.length]).toEqual([64, 64, 64 * 8 * 8 * 3]);
  const counts = fixes.map(({ picture, label }) => {
    const rows = Array.from({ length: 64 }, (_, index) => index).filter((index) =>
      Buffer.from(pictureAt(set, index).pixels).equals(picture.pixels),
    );
    expect(rows.every((row) => set.labels[row] === label)).toBe(true);
    return rows.length;
  });
  expect(counts).toEqual([2, 2]);
  // The 60 others are training pictures with their labels: each of the 48 once, then some again.
  const known = new Map(
    Array.from({ length: 48 }, (_, index) => [
      Buffer.from(pictureAt(data.train, index).pixels).toString('hex'),
      { label: data.train.labels[index], seen: 0 },
    ]),
  );
  for (let row = 0; row < 60; row++) {
    const entry = known.get(Buffer.from(pictureAt(set, row).pixels).toString('hex'))!;
    expect(set.labels[row]).toBe(entry.label);
    entry.seen++;
  }
  const seen = [...known.values()].map((entry) => entry.seen).sort();
  expect(seen).toEqual([...Array(36).fill(1), ...Array(12).fill(2)]);
  expect(augmentedSet(data.train, fixes, 64, 1)).toEqual(set);
});

test.each([
  [3, 3],
  [4, 4],
  [7, 9],
])('a budget of %i updates at three an epoch takes %i', async (updates, expected) => {
  const { failing, counts } = failingEngine(Number.POSITIVE_INFINITY);
  const method = retraining(await freshFolder(), { ...BUDGET, updates }, failing);
  // Three batches of 16 make an epoch of 48 pictures.
  expect((await method.edit(unfixed, fixOf(2))).steps).toBe(expected);
  expect(counts.updates).toBe(expected);
});
