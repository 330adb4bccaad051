import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { narrowToHalf } from '../../../exporter/format/precision/half-float.ts';
import type { TrainedNetwork } from '../../../trainer/checkpoint/checkpoint.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../trainer/checkpoint/safetensors.ts';
import {
  loadControlActivations,
  saveControlActivations,
} from '../../../trainer/control/activations-file.ts';
import { computeControlActivations } from '../../../trainer/control/compute-activations.ts';
import type { ControlActivations } from '../../../trainer/control/control-activations.ts';
import { pictureAt, subset } from '../../../trainer/data/picture-set.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import { preconditionedGradient } from '../../../trainer/editor/preconditioned-gradient.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { Classifier } from '../../../trainer/evaluation/classifier.ts';
import { DEFAULT_THRESHOLDS } from '../../../trainer/fix/gate/thresholds.ts';
import { openFixer } from '../../../trainer/fix/open-fixer.ts';
import { candidates } from '../../../trainer/fix/search/candidate.ts';
import type { Weights } from '../../../trainer/network/weights.ts';
import { makePatch, patchConstraint } from '../../../trainer/patch/make-patch.ts';
import { applyPatches } from '../../../trainer/patch/patch.ts';
import { randomNetwork } from '../export/random-network.ts';
import { stripes } from '../training/stripes.ts';
import { trainedNetwork } from '../training/trained-network.ts';

const PICTURES = 40;
const EDITED = 4;
const data = stripes({ test: 60 });
const { labelNames, labels } = data.test;
const engine = createOnnxEngine();
const settings = {
  editor: gradientDescent(0.01),
  stages: ['layer3', 'head'],
  margin: 0.1,
  maxSteps: 40,
} as const;

let folder: string;
let file: string;
let network: TrainedNetwork;
let control: ControlActivations;
let classifier: Classifier;
let wanted: number;

const compute = (changes: Partial<Parameters<typeof computeControlActivations>[0]> = {}) =>
  computeControlActivations({
    engine,
    network,
    data,
    stage: 'layer3',
    bytes: 1e6,
    pictures: PICTURES,
    seed: 1,
    ...changes,
  });

const request = (changes: Partial<Parameters<typeof makePatch>[0]> = {}) => ({
  engine,
  network,
  picture: pictureAt(data.test, EDITED),
  labelName: labelNames[wanted]!,
  settings,
  control,
  ...changes,
});

/** The classes that the whole network gives to all test pictures. */
async function answers(weights: Weights): Promise<number[]> {
  const logits = await classifier.logitsOfSet(weights, data.test, data.preprocessing);
  return Array.from({ length: data.test.count }, (_, index) => {
    const row = [...logits.subarray(3 * index, 3 * index + 3)];
    return row.indexOf(Math.max(...row));
  });
}

/** Of the clean control pictures, those that were right in one network and are wrong in another. */
async function brokenPictures(before: Weights, after: Weights): Promise<number[]> {
  const [was, is] = [await answers(before), await answers(after)];
  return control.sources
    .slice(0, PICTURES)
    .filter((source) => was[source] === labels[source] && is[source] !== labels[source]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-control-'));
  file = join(folder, 'control.safetensors.gz');
  network = await trainedNetwork(engine, data);
  classifier = new Classifier(engine, network.architecture);
  await saveControlActivations(file, await compute());
  control = await loadControlActivations(file);
  wanted = ((await answers(network.weights))[EDITED]! + 1) % 3;
});
afterAll(async () => {
  await classifier.dispose();
  await rm(folder, { recursive: true });
});

describe('the file', () => {
  test('is read as it was written, and holds no picture', async () => {
    expect(control).toEqual(await compute());
    const { tensors } = decodeSafetensors(gunzipSync(await readFile(file)), file);
    expect([...tensors.keys()].sort()).toEqual(['activations', 'curvature', 'hashes', 'labels']);
    expect(tensors.get('activations')).toMatchObject({ dtype: 'F16', shape: [50, 6, 6, 8] });
    expect([...control.set.labels]).toEqual(control.sources.map((source) => labels[source]));
  });

  test('stays within its bytes', async () => {
    const forCurvature = 4 * 32 * 32;
    const bytes = 2 * 6 * 6 * 8 * 20;
    const { activations, curvature } = await compute({ bytes: bytes + forCurvature });
    expect(curvature!.data.byteLength).toBe(forCurvature);
    expect(gzipSync(narrowToHalf(activations.data)).length).toBeLessThanOrEqual(bytes);
    expect(activations.shape[0]).toBeGreaterThanOrEqual(20);
    expect(activations.shape[0]).toBeLessThan(50);
    await expect(compute({ bytes: 300 + forCurvature })).rejects.toMatchObject({
      code: 'STAGE_INVALID',
    });
    await expect(compute({ stage: 'head' })).rejects.toMatchObject({ code: 'STAGE_INVALID' });
  });

  test('is refused where it is something else', async () => {
    const packed = await readFile(file);
    const plain = gunzipSync(packed);
    const { tensors, metadata } = decodeSafetensors(plain, file);
    const broken = join(folder, 'broken.safetensors');
    const { labels: _, ...rest } = Object.fromEntries(tensors);
    const { curvature, ...older } = Object.fromEntries(tensors);
    const flat = { ...curvature!, shape: [1024] };
    for (const content of [
      encodeSafetensors(tensors, {}),
      encodeSafetensors(tensors, { control: '{}' }),
      encodeSafetensors(new Map(Object.entries(rest)), metadata),
      encodeSafetensors(new Map(Object.entries({ ...older, curvature: flat })), metadata),
      packed.subarray(0, packed.length / 2),
    ]) {
      await writeFile(broken, content);
      await expect(loadControlActivations(broken)).rejects.toMatchObject({
        code: 'ACTIVATIONS_INVALID',
        message: expect.stringContaining(broken),
      });
    }
    await writeFile(broken, plain);
    expect(await loadControlActivations(broken)).toEqual(control);
    await writeFile(broken, encodeSafetensors(new Map(Object.entries(older)), metadata));
    expect(await loadControlActivations(broken)).toEqual({ ...control, curvature: null });
  });
});

describe('a patch measured on activations', () => {
  test('breaks the pictures that the whole network then gets wrong', async () => {
    const patch = await makePatch(request());
    const after = applyPatches(network.weights, [patch]);
    const { report } = patch;
    expect(report.control).toMatchObject({
      fingerprint: data.fingerprint(),
      pictures: PICTURES,
    });
    const broken = await brokenPictures(network.weights, after);
    expect(broken.length).toBeGreaterThan(0);
    expect(report.negativeFlips.map(({ picture }) => picture)).toEqual(broken);
    const onPictures = await makePatch(request({ control: data }));
    expect(patch.id).toBe(onPictures.id);
  });

  test('can follow another patch of the same stage', async () => {
    const first = await makePatch(request());
    const weights = applyPatches(network.weights, [first]);
    const label = (wanted + 1) % 3;
    const second = await makePatch(
      request({ network: { ...network, weights }, labelName: labelNames[label]! }),
    );
    const broken = await brokenPictures(weights, applyPatches(weights, [second]));
    expect(second.report.negativeFlips.map(({ picture }) => picture)).toEqual(broken);
  });

  test('may be preconditioned by the curvature that they hold', async () => {
    const preconditioned = {
      ...settings,
      editor: preconditionedGradient(),
      stages: ['head'] as const,
    };
    const patch = await makePatch(request({ settings: preconditioned }));
    expect([...patch.changed.keys()]).toEqual(['fc.weight']);
    expect(patch.report.lossAfter).toBeLessThanOrEqual(-settings.margin);
    const after = applyPatches(network.weights, [patch]);
    expect((await answers(after))[EDITED]).toBe(wanted);
    const onPictures = await makePatch(request({ settings: preconditioned, control: data }));
    expect(patch.id).toBe(onPictures.id);
    const older = { ...control, curvature: null };
    await expect(
      makePatch(request({ settings: preconditioned, control: older })),
    ).rejects.toMatchObject({ code: 'CURVATURE_MISSING' });
  });

  test('is refused where they say nothing of it', async () => {
    const other = { ...randomNetwork(network.architecture, 12), dataSet: network.dataSet };
    await expect(makePatch(request({ network: other }))).rejects.toMatchObject({
      code: 'ACTIVATIONS_FOREIGN',
    });
    const [shape, data] = [[8, 8], new Float32Array(64)];
    const narrow = { ...control, curvature: { shape, data } };
    await expect(makePatch(request({ control: narrow }))).rejects.toMatchObject({
      code: 'ACTIVATIONS_FOREIGN',
    });
    const early = { ...settings, stages: ['layer2'] as const };
    await expect(makePatch(request({ settings: early }))).rejects.toMatchObject({
      code: 'ACTIVATIONS_INSUFFICIENT',
    });
    const rehearsing = { ...settings, rehearsal: { weight: 1, pictures: 8, seed: 1 } };
    await expect(makePatch(request({ settings: rehearsing }))).rejects.toMatchObject({
      code: 'PICTURES_MISSING',
    });
  });
});

test('a fix is found, measured and gated on activations', async () => {
  const tried: string[] = [];
  const fixer = await openFixer({
    engine,
    network,
    loadData: async () => control,
    fingerprint: null,
    control: PICTURES,
    seed: 1,
    thresholds: { ...DEFAULT_THRESHOLDS, neighbours: 0.4 },
    cacheFolder: join(folder, 'cache'),
    candidates: (options) =>
      candidates(options).filter(({ name }) =>
        /^(gradient-descent|adam) .* on layer[34]/.test(name),
      ),
  });
  try {
    const picture = pictureAt(data.test, EDITED);
    const constraints = [await patchConstraint(picture, wanted, labelNames[wanted]!)];
    const { weights, record } = await fixer.fix({
      current: network.weights,
      earlier: [],
      constraints,
      observe: (_, rows) => tried.push(...rows.map(({ candidate }) => candidate.name)),
    });
    expect((await answers(weights))[EDITED]).toBe(wanted);
    expect(tried.length).toBeGreaterThan(0);
    expect(tried.filter((name) => name.includes('rehearsing'))).toEqual([]);

    const { parts } = fixer.bench.controls;
    const logits = await classifier.logitsOfSet(
      network.weights,
      subset(data.test, control.sources.slice(0, PICTURES)),
      data.preprocessing,
    );
    const gaps = Array.from({ length: PICTURES }, (_, row) => {
      const powers = [...logits.subarray(3 * row, 3 * row + 3)].map(Math.exp);
      const [first, second] = powers.toSorted((a, b) => b - a);
      return (first! - second!) / powers.reduce((sum, each) => sum + each, 0);
    });
    const boundary = gaps.filter((gap) => gap < 0.05).length;
    expect(parts).toEqual([
      { kind: 'clean', start: 0, count: PICTURES },
      ...(boundary > 0 ? [{ kind: 'boundary', start: PICTURES, count: boundary }] : []),
      { kind: 'corrupted', start: PICTURES + boundary, count: PICTURES / 4 },
    ]);
    const { clean } = record.figures.controls;
    const broken = await brokenPictures(network.weights, weights);
    expect(clean!.negativeFlips.map(({ picture: index }) => index)).toEqual(
      broken.filter((index) => index !== EDITED),
    );
  } finally {
    await fixer.dispose();
  }
});
