import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { narrowToHalf } from '../../../exporter/format/precision/half-float.ts';
import { loadNetwork, type TrainedNetwork } from '../../../trainer/checkpoint/checkpoint.ts';
import { dataSet } from '../../../trainer/data/data-set.ts';
import { drawVehicles } from '../../../trainer/data/drawn/drawn.ts';
import { pictureAt } from '../../../trainer/data/picture-set.ts';
import { openPackaged } from '../../../trainer/demo/demo-subject.ts';
import { surestMistake } from '../../../trainer/demo/find-mistake.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { Classifier } from '../../../trainer/evaluation/classifier.ts';
import { exportVersion } from '../../../trainer/export/export-version.ts';
import { weightsDigest } from '../../../trainer/network/weights.ts';
import { packageNetwork } from '../../../trainer/package/package-network.ts';
import { makePatch } from '../../../trainer/patch/make-patch.ts';
import { randomNetwork } from '../export/random-network.ts';

const LABELS = ['ship', 'airplane', 'automobile'];
const vehicles = drawVehicles(LABELS, 200);
const channels = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const;
const data = dataSet('vehicles', vehicles, vehicles, {
  mean: [...channels.mean],
  std: [...channels.std],
});
const engine = createOnnxEngine();
const plain = randomNetwork({ name: 'resnet18', stem: 'cifar', width: 4, classes: 3 }, 32);
const network: TrainedNetwork = {
  ...plain,
  dataSet: {
    name: 'vehicles',
    fingerprint: data.fingerprint(),
    labelNames: LABELS,
    preprocessing: data.preprocessing,
  },
};

let root: string;
let folder: string;

const request = (changes: Partial<Parameters<typeof packageNetwork>[0]> = {}) => ({
  engine,
  network,
  data,
  model: 'vehicles',
  pictures: 160,
  seed: 1,
  folder,
  cacheFolder: join(root, 'cache'),
  ...changes,
});

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'patchwork-package-'));
  folder = join(root, 'vehicles');
  await packageNetwork(request());
});
afterAll(() => rm(root, { recursive: true }));

test('all parts of a package are of the weights as they are stored', async () => {
  const stored = await loadNetwork(join(folder, 'model.safetensors'));
  const digest = weightsDigest(stored.weights);
  for (const [name, { shape, data: elements }] of network.weights) {
    const { data: read } = stored.weights.get(name)!;
    if (shape.length === 1) expect(read, name).toEqual(elements);
    else expect(narrowToHalf(read), name).toEqual(narrowToHalf(elements));
  }
  const { control, firstVersion } = await openPackaged(engine, stored, folder);
  expect(control).toMatchObject({ weights: digest, name: 'vehicles' });
  expect(firstVersion!.manifest).toMatchObject({ version: 1, provenance: { weights: digest } });
  expect(firstVersion!.manifest.forms.map(({ precision }) => precision)).toEqual(['int8']);

  const classifier = new Classifier(engine, stored.architecture);
  const logits = await classifier.logitsOfSet(stored.weights, vehicles, data.preprocessing);
  await classifier.dispose();
  const right = Array.from(vehicles.labels).reduce((sum, label, index) => {
    const row = [...logits.subarray(3 * index, 3 * index + 3)];
    return sum + Number(row.indexOf(Math.max(...row)) === label);
  }, 0);
  const card = await readFile(join(folder, 'README.md'), 'utf8');
  expect(card).toContain(`${((100 * right) / 200).toFixed(2)} % of the vehicles test pictures`);
  expect(card).toContain(digest);
  expect(card).toContain('160 clean and 40 corrupted');
});

test('a mistake is found, patched and exported with the package alone', async () => {
  const stored = await loadNetwork(join(folder, 'model.safetensors'));
  const subject = await openPackaged(engine, stored, folder);
  const { pictures, exportData, control } = subject;
  const classifier = new Classifier(engine, network.architecture);
  const { weights } = subject.network;
  const logits = await classifier.logitsOfSet(weights, pictures, data.preprocessing);
  await classifier.dispose();
  const mistake = surestMistake(pictures, logits);
  const patch = await makePatch({
    engine,
    network: subject.network,
    picture: pictureAt(pictures, mistake.picture),
    labelName: LABELS[mistake.label]!,
    settings: { editor: gradientDescent(0.01), stages: ['layer3'], margin: 0.3, maxSteps: 60 },
    control,
  });
  expect(patch.report.control.pictures).toBe(160);
  const exported = await exportVersion({
    engine,
    network: subject.network,
    patches: [patch],
    model: 'vehicles',
    version: 2,
    parent: 1,
    control: exportData,
    forms: [{ precision: 'fp32', storage: 'ort' }],
    heapMeter: null,
  });
  expect(exported.forms[0]!.report).toMatchObject({ changedAnswers: 0 });
});

test('nothing is written over something else, or with other data', async () => {
  const before = await readFile(join(folder, 'README.md'), 'utf8');
  await expect(packageNetwork(request())).rejects.toMatchObject({ code: 'FOLDER_TAKEN' });
  expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe(before);
  const foreign = { ...network, dataSet: { ...network.dataSet, fingerprint: 'f00d' } };
  const elsewhere = { network: foreign, folder: join(root, 'elsewhere') };
  await expect(packageNetwork(request(elsewhere))).rejects.toMatchObject({ code: 'DATA_FOREIGN' });
});
