import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { normalise } from '../../../exporter/contract/picture/preprocess.ts';
import type { TrainedNetwork } from '../../../trainer/checkpoint/checkpoint.ts';
import { pictureAt } from '../../../trainer/data/picture-set.ts';
import type { EditedModel, Override } from '../../../trainer/editor/edit-method.ts';
import { EditorMethod } from '../../../trainer/editor/editor-method.ts';
import { rehearsalImages } from '../../../trainer/editor/rehearsal.ts';
import { rmsprop } from '../../../trainer/editor/rmsprop.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { Classifier } from '../../../trainer/evaluation/classifier.ts';
import { weightsDigest } from '../../../trainer/network/weights.ts';
import { stripes } from '../training/stripes.ts';
import { trainedNetwork } from '../training/trained-network.ts';
import { lead } from './constraint-float64.ts';

const data = stripes({ test: 60 });
const engine = createOnnxEngine();
const settings = {
  editor: rmsprop(2e-3, 0.5),
  stages: ['layer3', 'head'] as const,
  margin: 0.1,
  maxSteps: 30,
  rehearsal: null,
};

let network: TrainedNetwork;
let classifier: Classifier;
let method: EditorMethod;
let model: EditedModel;

const logits = (of: EditedModel, picture: number) =>
  classifier.logits(
    of.weights,
    normalise(pictureAt(data.test, picture).pixels, data.preprocessing),
    data.preprocessing,
  );
const answer = (row: Float32Array) => row.indexOf(Math.max(...row));
/** A picture with a label that `of` does not give it. */
const requestFor = async (of: EditedModel, picture: number) => ({
  picture: pictureAt(data.test, picture),
  label: (answer(await logits(of, picture)) + 1) % 3,
});
const make = (changes = {}) =>
  new EditorMethod({
    engine,
    architecture: network.architecture,
    preprocessing: data.preprocessing,
    settings,
    ...changes,
  });

beforeAll(async () => {
  network = await trainedNetwork(engine, data);
  classifier = new Classifier(engine, network.architecture);
  model = { weights: network.weights, overrides: [] };
  method = make();
});
afterAll(async () => {
  await classifier.dispose();
  await method.dispose();
});

describe('an editor as a method', () => {
  test('gives the picture its label with the margin, and leaves the model it was given', async () => {
    const digest = weightsDigest(model.weights);
    const request = await requestFor(model, 3);
    const outcome = await method.edit(model, request);
    expect(outcome.success).toBe(true);
    expect(outcome.steps).toBeGreaterThan(0);
    expect(weightsDigest(new Map(model.weights))).toBe(digest);
    const before = lead(await logits(model, 3), request.label);
    const after = lead(await logits(outcome.model, 3), request.label);
    expect(outcome.lossBefore).toBeCloseTo(before, 4);
    expect(outcome.lossAfter).toBeCloseTo(after, 4);
    expect(after).toBeLessThan(-0.1 + 1e-4);
  });

  test('goes on from a model that is edited, and keeps what is not weights', async () => {
    const override: Override = { label: 0, matches: () => false };
    const started = { ...model, overrides: [override] };
    const first = await method.edit(started, await requestFor(started, 3));
    const request = await requestFor(first.model, 8);
    const second = await method.edit(first.model, request);
    expect(second.success).toBe(true);
    expect(second.model.overrides).toEqual([override]);
    expect(second.lossBefore).toBeCloseTo(lead(await logits(first.model, 8), request.label), 4);
    expect(answer(await logits(second.model, 8))).toBe(request.label);
    const alone = await method.edit(model, request);
    expect(weightsDigest(second.model.weights)).not.toBe(weightsDigest(alone.model.weights));
  });

  test('changes nothing where the label is given already', async () => {
    const label = answer(await logits(model, 5));
    const outcome = await method.edit(model, { picture: pictureAt(data.test, 5), label });
    expect(outcome).toMatchObject({ success: true, steps: 0 });
    expect(outcome.model).toEqual(model);
  });

  test('says what it is and what it was made with', () => {
    expect(method.name).toBe('rmsprop');
    expect(method.settings).toEqual({
      rate: 2e-3,
      decay: 0.5,
      stages: 'layer3,head',
      margin: 0.1,
      maxSteps: 30,
    });
  });

  test('rehearses what it is told to', async () => {
    const rehearsal = { weight: 20, pictures: 8, seed: 1 };
    const rehearsing = make({
      settings: { ...settings, rehearsal },
      grounds: { rehearsed: rehearsalImages(data, rehearsal) },
    });
    expect(rehearsing.settings).toMatchObject({ rehearsalWeight: 20, rehearsalPictures: 8 });
    const request = await requestFor(model, 3);
    const outcome = await rehearsing.edit(model, request);
    const plain = await method.edit(model, request);
    expect(outcome.success).toBe(true);
    expect(weightsDigest(outcome.model.weights)).not.toBe(weightsDigest(plain.model.weights));
    await rehearsing.dispose();
  });
});
