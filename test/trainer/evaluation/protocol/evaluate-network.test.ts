import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrainedNetwork } from '../../../../trainer/checkpoint/checkpoint.ts';
import { pictureAt } from '../../../../trainer/data/picture-set.ts';
import type { EditedModel } from '../../../../trainer/editor/edit-method.ts';
import type { EditSettings } from '../../../../trainer/editor/edit-task.ts';
import { EditorMethod } from '../../../../trainer/editor/editor-method.ts';
import { gradientDescent } from '../../../../trainer/editor/gradient-descent.ts';
import { createOnnxEngine } from '../../../../trainer/engine/onnx/onnx-engine.ts';
import { Classifier } from '../../../../trainer/evaluation/classifier.ts';
import {
  type EvaluationRequest,
  evaluateNetwork,
} from '../../../../trainer/evaluation/protocol/evaluate-network.ts';
import type { EvaluationResult } from '../../../../trainer/evaluation/run/evaluation-result.ts';
import { mergeResults } from '../../../../trainer/evaluation/run/merge-results.ts';
import type { EditRecord, SequenceRecord } from '../../../../trainer/evaluation/run/unit-record.ts';
import { drawdown } from '../../../../trainer/evaluation/statistics/flips-per-class.ts';
import { randomNetwork } from '../../export/random-network.ts';
import { stripes } from '../../training/stripes.ts';

const engine = createOnnxEngine();
const data = stripes({ test: 24, side: 8 });
const { test: set, preprocessing } = data;
const architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 } as const;
const settings: EditSettings = {
  editor: gradientDescent(0.02),
  stages: ['layer4'],
  margin: 0.1,
  maxSteps: 4,
};

let network: TrainedNetwork;
let folder: string;
let whole: EvaluationResult;

const request = (options: Partial<EvaluationRequest> = {}): EvaluationRequest => ({
  engine,
  network,
  data,
  natural: null,
  protocols: ['paper', 'honest', 'sequential'],
  methods: [
    { label: 'descent', name: 'gradient-descent', settings },
    { label: 'cache-exact', name: 'cache-exact', settings },
  ],
  edits: 5,
  sequences: 2,
  control: null,
  seed: 3,
  folder,
  labelUncertainty: null,
  command: 'npx patchwork evaluate',
  shard: null,
  journal: null,
  onUnit: () => {},
  ...options,
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-evaluate-'));
  network = {
    ...randomNetwork(architecture, 8),
    training: { epoch: 0, step: 0, seed: 1, optionsFingerprint: '', curve: [] },
    dataSet: {
      name: data.name,
      fingerprint: data.fingerprint(),
      labelNames: set.labelNames,
      preprocessing,
    },
  };
  ({ result: whole } = await evaluateNetwork(request()));
});
afterAll(() => rm(folder, { recursive: true }));

const recordsOf = (experiment: number) => {
  const units = whole.plan.experiments.map((each) => each.units);
  const start = units.slice(0, experiment).reduce((a, b) => a + b, 0);
  return whole.records.slice(start, start + units[experiment]!).map(({ record }) => record);
};

async function answers(weights: TrainedNetwork['weights']): Promise<number[]> {
  const classifier = new Classifier(engine, architecture);
  const logits = await classifier.logitsOfSet(weights, set, preprocessing);
  await classifier.dispose();
  return Array.from({ length: set.count }, (_, picture) => {
    const row = [...logits.slice(3 * picture, 3 * picture + 3)];
    return row.indexOf(Math.max(...row));
  });
}

/** Whether the answer to each picture is its label, by the plain forward pass. */
const rights = (each: number[]) => each.map((answer, picture) => answer === set.labels[picture]);

describe('edits', () => {
  test.each([
    ['paper', 0, 0],
    ['honest', 2, 0.1],
  ] as const)(
    'of the %s protocol are judged as editing and classifying by hand judges them',
    async (protocol, experiment, margin) => {
      expect(whole.plan.experiments[experiment]).toMatchObject({ protocol, units: 5 });
      const before = await answers(network.weights);
      const method = new EditorMethod({
        engine,
        architecture,
        preprocessing,
        settings: { ...settings, margin },
      });
      const records = recordsOf(experiment) as EditRecord[];
      for (const record of records) {
        const { picture, label } = record;
        expect(record.answerBefore).toBe(before[picture]);
        expect(record.trueLabel).toBe(set.labels[picture]);
        if (protocol === 'honest') {
          expect(label).toBe(record.trueLabel);
          expect(record.answerBefore).not.toBe(label);
        }
        const model: EditedModel = { weights: network.weights, overrides: [] };
        const edit = await method.edit(model, { picture: pictureAt(set, picture), label });
        expect(record.steps).toBe(edit.steps);
        const after = await answers(edit.model.weights);
        expect(record.success).toBe(edit.success && after[picture] === label);
        const { negative, positive, pictures } = record.controls.clean!;
        expect(pictures).toBe(set.count - 1);
        const [was, is] = [rights(before), rights(after)];
        for (let of = 0; of < 3; of++) {
          const others = [...before.keys()].filter(
            (each) => each !== picture && set.labels[each] === of,
          );
          expect(negative[of]).toBe(others.filter((each) => was[each] && !is[each]).length);
          expect(positive[of]).toBe(others.filter((each) => !was[each] && is[each]).length);
        }
      }
      await method.dispose();
      const pictures = records.map(({ picture }) => picture);
      expect(new Set(pictures).size).toBe(5);
    },
  );

  test('of the honest protocol come with neighbours; the exact cache reaches none of them', () => {
    const [edited, cached] = [recordsOf(2), recordsOf(3)] as EditRecord[][];
    for (const { groups } of edited!) {
      expect(groups['neighbours.noise']).toMatchObject({ pictures: 4 });
      expect(groups.class!.pictures).toBeGreaterThan(0);
      expect(groups.overReach!.pictures).toBeGreaterThan(0);
    }
    for (const { success, groups, controls } of cached!) {
      expect(success).toBe(true);
      expect(drawdown(controls.clean!)).toBe(0);
      for (const { before, after, gained } of Object.values(groups)) {
        expect([after, gained]).toEqual([before, 0]);
      }
    }
    expect(edited!.map(({ picture }) => picture)).toEqual(cached!.map(({ picture }) => picture));
  });
});

test('a sequence piles edits up, and looks back at its marks', async () => {
  const [sequence, second] = recordsOf(4) as SequenceRecord[];
  const pictures = sequence!.edits.map(({ picture }) => picture);
  expect(second!.edits.map(({ picture }) => picture)).not.toEqual(pictures);
  const before = await answers(network.weights);
  const controls = [...before.keys()].filter((picture) => !pictures.includes(picture));
  const method = new EditorMethod({ engine, architecture, preprocessing, settings });
  let model: EditedModel = { weights: network.weights, overrides: [] };
  for (const [index, { picture, label, ...edit }] of sequence!.edits.entries()) {
    ({ model } = await method.edit(model, { picture: pictureAt(set, picture), label }));
    const after = await answers(model.weights);
    const wrong = (each: number[]) =>
      controls.filter((control) => each[control] !== set.labels[control]).length;
    const expected = controls.length === 0 ? 0 : (wrong(after) - wrong(before)) / controls.length;
    expect(edit.drawdown).toBeCloseTo(expected, 12);
    const mark = sequence!.marks.find(({ edits }) => edits === index + 1);
    if (!mark) continue;
    const made = sequence!.edits.slice(0, index + 1);
    const held = made.filter((each) => after[each.picture] === each.label).length;
    expect(mark.retention).toBeCloseTo(held / made.length, 12);
    expect(mark.drift).toBeGreaterThan(0);
  }
  await method.dispose();
  expect(sequence!.marks.map(({ edits }) => edits)).toEqual(
    [1, 10, 25, 50, 100].filter((mark) => mark < pictures.length).concat(pictures.length),
  );
});

describe('the result', () => {
  const comparable = ({ measured: _, ...rest }: EvaluationResult) => rest;

  test('is the same from shards that are merged', async () => {
    const parts = [];
    for (const index of [2, 0, 1]) {
      const { result } = await evaluateNetwork(request({ shard: { index, count: 3 } }));
      parts.push({ name: `part ${index}`, result });
    }
    expect(comparable(mergeResults(parts))).toEqual(comparable(whole));
  });

  test('is the same after the evaluation was killed', async () => {
    const journal = join(folder, 'result.journal');
    const killed = request({
      journal,
      onUnit: ({ done }) => {
        if (done === 7) throw new Error('killed');
      },
    });
    await expect(evaluateNetwork(killed)).rejects.toThrow('killed');
    expect(existsSync(journal)).toBe(true);
    let units = 0;
    const onUnit = () => {
      units++;
    };
    const { result, finish } = await evaluateNetwork(request({ journal, onUnit }));
    await finish();
    expect(comparable(result)).toEqual(comparable(whole));
    expect(units).toBe(whole.records.length - 7);
    expect(existsSync(journal)).toBe(false);
  });

  test('has the error of the network on every control set', async () => {
    const right = rights(await answers(network.weights)).filter(Boolean).length;
    expect(whole.base.accuracy).toBeCloseTo(right / set.count, 12);
    expect(whole.base.controls.clean).toBeCloseTo(1 - right / set.count, 12);
  });
});

test('adversarial examples are edited back, and other attacks on the same picture looked at', async () => {
  const { result } = await evaluateNetwork(
    request({ protocols: ['adversarial'], methods: request().methods.slice(0, 1), edits: 30 }),
  );
  expect(result.plan.experiments.map(({ parameters }) => parameters.attack)).toEqual([
    'fgsm',
    'pgd',
  ]);
  const right = rights(await answers(network.weights));
  for (const { record } of result.records) {
    const { picture, label, answerBefore, controls, groups } = record as EditRecord;
    expect(right[picture]).toBe(true);
    expect(label).toBe(set.labels[picture]);
    expect(answerBefore).not.toBe(label);
    expect(controls.clean!.pictures).toBe(set.count - 1);
    expect(groups.restart!.pictures).toBeGreaterThan(0);
  }
});

test('natural pictures are ranked, and edited without being taken for control pictures', async () => {
  const natural = { ...data.train, name: 'folder:photos' };
  const { result } = await evaluateNetwork(
    request({ protocols: ['natural'], methods: request().methods.slice(0, 1), natural, edits: 2 }),
  );
  expect(result.base.natural!.pictures).toBe(natural.count);
  expect(result.base.natural!.meanRank).toBeGreaterThanOrEqual(1);
  for (const { record } of result.records) {
    const { picture, label, controls } = record as EditRecord;
    expect(label).toBe(natural.labels[picture]);
    expect(controls.clean!.pictures).toBe(set.count);
  }
});

test('mistakes that people would make too are counted apart, and not edited as mistakes', async () => {
  const before = await answers(network.weights);
  const wrong = before.flatMap((answer, picture) =>
    answer === set.labels[picture] ? [] : [picture],
  );
  const spared = wrong.filter((_, index) => index % 2 === 0);
  const given = new Map(
    wrong.map((picture) => {
      const label = spared.includes(picture) ? before[picture]! : set.labels[picture]!;
      return [picture, new Map([[label, 0.4]])] as const;
    }),
  );
  const labelUncertainty = { sha256: 'ef'.repeat(32), given };
  const { result } = await evaluateNetwork(
    request({
      labelUncertainty,
      protocols: ['honest', 'sequential'],
      methods: request().methods.slice(0, 1),
      edits: set.count,
      sequences: 1,
    }),
  );
  const { arguable, error } = result.base;
  expect(arguable!.mistakes).toBe(wrong.length);
  expect(arguable!.pictures).toEqual(
    spared.map((picture) => ({
      picture,
      label: set.labels[picture],
      answer: before[picture],
      share: 0.4,
    })),
  );
  expect(arguable!.error).toBeCloseTo(error - spared.length / set.count, 12);
  expect(result.plan.labelUncertainty).toBe(labelUncertainty.sha256);
  const rest = wrong.filter((picture) => !spared.includes(picture));
  const edited = result.records.flatMap(({ record }) =>
    record.kind === 'edit' ? [record.picture] : [],
  );
  expect(edited.sort((a, b) => a - b)).toEqual(rest);
  const sequence = result.records.find(({ record }) => record.kind === 'sequence')!.record;
  if (sequence.kind !== 'sequence') throw new Error('no sequence');
  expect(sequence.edits.every(({ picture }) => rest.includes(picture))).toBe(true);
});
