import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NetworkGrounds } from '../../../trainer/control/network-grounds.ts';
import type { DataSet } from '../../../trainer/data/data-set.ts';
import { preconditionedSettings } from '../../../trainer/editor/default-settings.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import type { Architecture } from '../../../trainer/network/architecture.ts';
import type { Weights } from '../../../trainer/network/weights.ts';
import { randomWeights } from '../export/random-network.ts';
import { stripes } from '../training/stripes.ts';

const engine = createOnnxEngine();
const architecture: Architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 };
const data = stripes();
const network = {
  architecture,
  weights: randomWeights(architecture, 1),
  preprocessing: data.preprocessing,
};
const unread: DataSet = {
  ...data,
  get train(): never {
    throw new Error('The training pictures were asked for.');
  },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-curvature-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function inverseOf(of: typeof network, control: DataSet) {
  const grounds = new NetworkGrounds(engine, of, control, folder);
  return (await grounds.of(preconditionedSettings(undefined))).inverseCurvature;
}

/** The network with the first element of a tensor changed. */
function changed(name: string): typeof network {
  const { shape, data: values } = network.weights.get(name)!;
  const others = values.map((value, index) => (index === 0 ? value + 1 : value));
  const weights: Weights = new Map([...network.weights, [name, { shape, data: others }]]);
  return { ...network, weights };
}

test('the curvature is computed once for a network, and for what edits of its head make of it', async () => {
  const first = await inverseOf(network, data);
  expect(await inverseOf(network, unread)).toEqual(first);
  expect(await inverseOf(changed('fc.weight'), unread)).toEqual(first);
});

test('another network, or the same behind other channel statistics, has one of its own', async () => {
  await inverseOf(network, data);
  const preprocessing = { ...data.preprocessing, mean: data.preprocessing.std };
  for (const other of [changed('layer4.1.conv2.weight'), { ...network, preprocessing }]) {
    await expect(inverseOf(other, unread)).rejects.toThrow('were asked for');
  }
});

test('a file that cannot be read is replaced', async () => {
  const first = await inverseOf(network, data);
  const [name] = await readdir(join(folder, 'curvature'));
  await writeFile(join(folder, 'curvature', name!), 'nothing');
  expect(await inverseOf(network, data)).toEqual(first);
  expect(await inverseOf(network, unread)).toEqual(first);
});
