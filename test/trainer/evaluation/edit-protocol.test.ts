import { describe, expect, test } from 'vitest';
import { plainBatch } from '../../../trainer/data/batches.ts';
import { EditRunner, type EditSettings } from '../../../trainer/editor/apply-editor.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { Classifier } from '../../../trainer/evaluation/classifier.ts';
import {
  evaluateEdits,
  type PlannedEdit,
  randomEdits,
} from '../../../trainer/evaluation/edit-protocol.ts';
import { stripes } from '../training/stripes.ts';
import { trainedNetwork } from '../training/trained-network.ts';

const data = stripes({ test: 60 });

describe('random edits', () => {
  const top = Array.from({ length: 60 }, (_, picture) => (picture * 7) % 3);
  const edits = randomEdits(data, top, 60, 1);

  test('take every test picture once, and ask for labels that the network does not answer', () => {
    const pictures = edits.map(({ picture }) => picture);
    expect([...pictures].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    for (const { picture, label } of edits) {
      expect([0, 1, 2]).toContain(label);
      expect(label).not.toBe(top[picture]);
    }
    const shifts = edits.map(({ picture, label }) => (label - top[picture]! + 3) % 3);
    expect(shifts.filter((shift) => shift === 1).length).toBeGreaterThan(15);
    expect(shifts.filter((shift) => shift === 2).length).toBeGreaterThan(15);
  });

  test('are the same for the same seed, and fewer are the first of more', () => {
    expect(randomEdits(data, top, 60, 1)).toEqual(edits);
    expect(randomEdits(data, top, 5, 1).map(({ picture }) => picture)).toEqual(
      edits.slice(0, 5).map(({ picture }) => picture),
    );
    expect(randomEdits(data, top, 60, 2)).not.toEqual(edits);
    expect(randomEdits(data, top, 99, 1)).toHaveLength(60);
  });
});

test('each edit is made by itself on the network, and the means are over all of them', async () => {
  const engine = createOnnxEngine();
  const { architecture, weights } = await trainedNetwork(engine, data);
  const settings: EditSettings = {
    editor: gradientDescent(0.05),
    stages: ['layer4'],
    margin: 0.1,
    maxSteps: 3,
  };
  const classifier = new Classifier(engine, architecture);
  const logitsOf = (each: typeof weights) =>
    classifier.logitsOfSet(each, data.test, data.preprocessing);
  const answers = (logits: Float32Array) =>
    Array.from({ length: 60 }, (_, picture) => {
      const row = [...logits.slice(3 * picture, 3 * picture + 3)];
      return row.indexOf(Math.max(...row));
    });
  const wrong = (each: number[]) =>
    each.filter((answer, picture) => answer !== data.test.labels[picture]).length;
  const before = answers(await logitsOf(weights));
  const edits: PlannedEdit[] = [3, 10, 17, 31].map((picture) => ({
    picture,
    label: (before[picture]! + 1) % 3,
  }));

  const runner = new EditRunner(engine, architecture, settings);
  const totals = { successes: 0, steps: 0, drawdown: 0, flips: 0 };
  for (const { picture, label } of edits) {
    const image = plainBatch(data.test, [picture], data.preprocessing).images;
    const edit = await runner.edit(weights, { image, height: 12, width: 12, label });
    const after = answers(await logitsOf(new Map([...weights, ...edit.changed])));
    if (edit.success) expect(after[picture]).toBe(label);
    totals.successes += Number(edit.success);
    totals.steps += edit.steps;
    totals.drawdown += (wrong(after) - wrong(before)) / 60;
    totals.flips += after.filter(
      (answer, each) =>
        before[each] === data.test.labels[each] && answer !== data.test.labels[each],
    ).length;
  }
  await runner.dispose();
  await classifier.dispose();

  const done: number[] = [];
  const report = await evaluateEdits(
    engine,
    architecture,
    weights,
    data,
    settings,
    edits,
    (count) => done.push(count),
  );
  expect(done).toEqual([1, 2, 3, 4]);
  expect(report).toEqual({
    edits: 4,
    successRate: totals.successes / 4,
    meanDrawdown: expect.closeTo(totals.drawdown / 4, 12),
    meanSteps: totals.steps / 4,
    meanNegativeFlips: totals.flips / 4,
  });
  expect(totals.flips).toBeGreaterThan(0);
});
