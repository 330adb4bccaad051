import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fitPicture, normalise } from '../../../exporter/contract/picture/preprocess.ts';
import { withSession } from '../../../exporter/format/runtime/form-session.ts';
import type { TrainedNetwork } from '../../../trainer/checkpoint/checkpoint.ts';
import { pictureAt } from '../../../trainer/data/picture-set.ts';
import type { EditSettings } from '../../../trainer/editor/edit-task.ts';
import { createEditor } from '../../../trainer/editor/editors.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { Classifier } from '../../../trainer/evaluation/classifier.ts';
import { traceClassifier } from '../../../trainer/export/trace-classifier.ts';
import { type Weights, weightsDigest } from '../../../trainer/network/weights.ts';
import { makePatch } from '../../../trainer/patch/make-patch.ts';
import { applyPatches, type Patch } from '../../../trainer/patch/patch.ts';
import { onnxForm } from '../../exporter/small-classifier.ts';
import { stripes } from '../training/stripes.ts';
import { trainedNetwork } from '../training/trained-network.ts';

const MARGIN = 0.1;
const PICTURE = 4;
const data = stripes({ test: 60 });
const { labelNames } = data.test;
const engine = createOnnxEngine();
const settings: EditSettings = {
  editor: gradientDescent(0.01),
  stages: ['layer3', 'head'],
  margin: MARGIN,
  maxSteps: 40,
};

let network: TrainedNetwork;
let classifier: Classifier;
let wanted: number;
let patch: Patch;

const logitsOf = (weights: Weights) =>
  classifier.logitsOfSet(weights, data.test, data.preprocessing);

/** The rows of logits [N,3]. */
const rows = (logits: Float32Array) =>
  Array.from({ length: logits.length / 3 }, (_, row) => [...logits.slice(3 * row, 3 * row + 3)]);

const answer = (row: number[]) => row.indexOf(Math.max(...row));

/** By how much `label` wins in a row of logits. */
const lead = (row: number[], label: number) =>
  row[label]! - Math.max(...row.filter((_, other) => other !== label));

const request = (changes: Partial<Parameters<typeof makePatch>[0]> = {}) => ({
  engine,
  network,
  picture: pictureAt(data.test, PICTURE),
  labelName: labelNames[wanted]!,
  settings,
  control: data,
  ...changes,
});

beforeAll(async () => {
  network = await trainedNetwork(engine, data);
  classifier = new Classifier(engine, network.architecture);
  wanted = (answer(rows(await logitsOf(network.weights))[PICTURE]!) + 1) % 3;
  patch = await makePatch(request());
});
afterAll(() => classifier.dispose());

describe('a patch', () => {
  test('gives its picture the label with margin, on the engine and in the exported graph', async () => {
    const weights = applyPatches(network.weights, [patch]);
    const [before, after] = [rows(await logitsOf(network.weights)), rows(await logitsOf(weights))];
    expect(answer(before[PICTURE]!)).not.toBe(wanted);
    expect(lead(after[PICTURE]!, wanted)).toBeGreaterThan(MARGIN - 1e-4);
    expect(patch.report.lossBefore).toBeCloseTo(-lead(before[PICTURE]!, wanted), 4);
    expect(patch.report.lossAfter).toBeCloseTo(-lead(after[PICTURE]!, wanted), 4);

    const graph = traceClassifier(network.architecture, weights, data.preprocessing);
    const image = normalise(pictureAt(data.test, PICTURE).pixels, data.preprocessing);
    const shape = { height: 12, width: 12, classes: 3 };
    const exported = await withSession(onnxForm(graph), shape, 'native', (session) =>
      session.logits(image, 1),
    );
    expect(lead([...exported], wanted)).toBeGreaterThan(MARGIN - 1e-3);
  });

  test('takes as many steps as it needs and no more', async () => {
    const { steps } = patch.report;
    expect(steps).toBeGreaterThan(1);
    const shorter = { ...settings, maxSteps: steps - 1 };
    await expect(makePatch(request({ settings: shorter }))).rejects.toMatchObject({
      code: 'EDIT_FAILED',
    });
    const exact = await makePatch(request({ settings: { ...settings, maxSteps: steps } }));
    expect(exact.id).toBe(patch.id);
  });

  test('changes the parameters of its stages alone, and leaves the network it was given', async () => {
    const digest = weightsDigest(network.weights);
    const again = await makePatch(request());
    expect(weightsDigest(new Map(network.weights))).toBe(digest);
    expect(again).toEqual(patch);
    const expected = [...network.weights.keys()].filter((name) =>
      /^(layer3\..*(weight|bias)|fc\.(weight|bias))$/.test(name),
    );
    expect([...patch.changed.keys()].sort()).toEqual(expected.sort());
    expect(patch.base).toBe(digest);
    const patched = applyPatches(network.weights, [patch]);
    for (const [name, { data: elements }] of network.weights) {
      const same = patched.get(name)!.data.every((value, index) => value === elements[index]);
      expect(same, name).toBe(!patch.changed.has(name));
    }
  });

  test('counts what it changed elsewhere', async () => {
    const weights = applyPatches(network.weights, [patch]);
    const [before, after] = [rows(await logitsOf(network.weights)), rows(await logitsOf(weights))];
    let [wrongBefore, wrongAfter] = [0, 0];
    const [lost, won]: [number[], number[]] = [[], []];
    before.forEach((row, picture) => {
      const label = data.test.labels[picture]!;
      const [was, is] = [answer(row) === label, answer(after[picture]!) === label];
      wrongBefore += Number(!was);
      wrongAfter += Number(!is);
      if (was && !is) lost.push(picture);
      if (!was && is) won.push(picture);
    });
    const { report } = patch;
    expect(report.control).toEqual({
      name: 'stripes-test',
      fingerprint: data.fingerprint(),
      pictures: 60,
    });
    expect(report.errorBefore).toBeCloseTo(wrongBefore / 60, 12);
    expect(report.errorAfter).toBeCloseTo(wrongAfter / 60, 12);
    expect(report.drawdown).toBeCloseTo((wrongAfter - wrongBefore) / 60, 12);
    expect(report.negativeFlips.map(({ picture }) => picture)).toEqual(lost);
    expect(report.positiveFlips.map(({ picture }) => picture)).toEqual(won);
    // The patched picture is a control picture that was right, so that there is something to count.
    expect(lost).toContain(PICTURE);
    for (const flip of [...report.negativeFlips, ...report.positiveFlips]) {
      expect(flip).toEqual({
        picture: flip.picture,
        label: data.test.labels[flip.picture],
        before: answer(before[flip.picture]!),
        after: answer(after[flip.picture]!),
      });
    }
    expect(report.labelBefore).toBe(answer(before[PICTURE]!));
  });

  test('says what it was made for and how', () => {
    const { pixels } = pictureAt(data.test, PICTURE);
    expect(patch.constraints).toEqual([
      {
        picture: { height: 12, width: 12, pixels },
        imageSha256: createHash('sha256').update(pixels).digest('hex'),
        label: wanted,
        labelName: labelNames[wanted],
      },
    ]);
    expect(patch.settings).toEqual({
      editor: 'gradient-descent',
      editorSettings: { rate: 0.01 },
      stages: ['layer3', 'head'],
      margin: MARGIN,
      maxSteps: 40,
      rehearsal: null,
      views: null,
    });
    expect(patch.id).toMatch(/^[0-9a-f]{12}$/);
  });

  test('says which editor made it, with which coefficients, and what was rehearsed', async () => {
    const rehearsal = { weight: 5, pictures: 8, seed: 2 };
    const editor = createEditor('rmsprop', { rate: 0.002 });
    const rehearsed = await makePatch(request({ settings: { ...settings, editor, rehearsal } }));
    expect(rehearsed.settings).toMatchObject({
      editor: 'rmsprop',
      editorSettings: { rate: 0.002, decay: 0.5 },
      rehearsal,
    });
    const plain = await makePatch(request({ settings: { ...settings, editor } }));
    expect(plain.settings.rehearsal).toBeNull();
    expect(plain.id).not.toBe(rehearsed.id);
    const again = await makePatch(request({ settings: { ...settings, editor, rehearsal } }));
    expect(again).toEqual(rehearsed);
    const other = { ...settings, editor, rehearsal: { ...rehearsal, seed: 3 } };
    expect((await makePatch(request({ settings: other }))).id).not.toBe(rehearsed.id);
  });

  test('can be made on top of another, and holds only in that order', async () => {
    const weights = applyPatches(network.weights, [patch]);
    const answers = rows(await logitsOf(weights)).map(answer);
    const second = await makePatch(
      request({
        network: { ...network, weights },
        picture: pictureAt(data.test, 5),
        labelName: labelNames[(answers[5]! + 1) % 3]!,
      }),
    );
    const both = applyPatches(network.weights, [patch, second]);
    expect(answer(rows(await logitsOf(both))[5]!)).toBe((answers[5]! + 1) % 3);
    for (const order of [[second], [second, patch], [patch, patch]]) {
      expect(() => applyPatches(network.weights, order)).toThrow(
        expect.objectContaining({ code: 'BASE_MISMATCH' }),
      );
    }
  });

  test('fits a larger picture to the network first', async () => {
    const small = pictureAt(data.test, PICTURE);
    const pixels = new Uint8Array(36 * 24 * 3);
    for (let row = 0; row < 24; row++) {
      for (let column = 0; column < 36; column++) {
        const from = (Math.floor(row / 2) * 12 + Math.floor(column / 3)) * 3;
        pixels.set(small.pixels.subarray(from, from + 3), (row * 36 + column) * 3);
      }
    }
    const picture = { height: 24, width: 36, pixels };
    const fitted = fitPicture(picture, data.preprocessing);
    const logits = await classifier.logits(
      network.weights,
      normalise(fitted, data.preprocessing),
      data.preprocessing,
    );
    const labelName = labelNames[(answer([...logits]) + 1) % 3]!;
    const { constraints } = await makePatch(request({ picture, labelName }));
    expect(constraints[0]!.picture).toEqual({ height: 12, width: 12, pixels: fitted });
  });
});

describe('no patch is made', () => {
  test('for a label that the network does not know, and those it knows are named', async () => {
    await expect(makePatch(request({ labelName: 'dots' }))).rejects.toMatchObject({
      code: 'LABEL_UNKNOWN',
      message: expect.stringMatching(/"dots".*rows, columns, flat/),
    });
  });

  test('where the network gives the label already', async () => {
    const answers = rows(await logitsOf(network.weights)).map(answer);
    const labelName = labelNames[answers[PICTURE]!]!;
    await expect(makePatch(request({ labelName }))).rejects.toMatchObject({
      code: 'EDIT_NEEDLESS',
      message: expect.stringContaining(labelName),
    });
  });

  test('where the steps do not suffice', async () => {
    const weak = { ...settings, editor: gradientDescent(1e-9), maxSteps: 3 };
    await expect(makePatch(request({ settings: weak }))).rejects.toMatchObject({
      code: 'EDIT_FAILED',
      message: expect.stringMatching(/After 3 steps/),
    });
  });

  test('where damage would be measured on other pictures than the network was made for', async () => {
    await expect(makePatch(request({ control: stripes({ side: 16 }) }))).rejects.toMatchObject({
      code: 'CONTROL_MISMATCH',
    });
    const others = { ...data.test, labelNames: ['a', 'b', 'c'] };
    await expect(makePatch(request({ control: { ...data, test: others } }))).rejects.toMatchObject({
      code: 'CONTROL_MISMATCH',
    });
  });

  test.each([
    [{ margin: -0.1 }, /margin is -0\.1/],
    [{ margin: Number.NaN }, /margin is NaN/],
    [{ maxSteps: 0 }, /0 steps/],
    [{ stages: [] }, /no stage/],
  ])('with settings that make no sense: %o', async (changes, message) => {
    await expect(
      makePatch(request({ settings: { ...settings, ...changes } })),
    ).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
      message: expect.stringMatching(message),
    });
  });
});
