import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SafeTensor } from '../../../trainer/checkpoint/safe-tensor.ts';
import { encodeSafetensors } from '../../../trainer/checkpoint/safetensors.ts';
import { randomFor } from '../../../trainer/data/random.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { Classifier } from '../../../trainer/evaluation/classifier.ts';
import { importNetwork } from '../../../trainer/import/import-network.ts';
import { trainedOnLabels } from '../../../trainer/import/trained-on.ts';
import type { Architecture } from '../../../trainer/network/architecture.ts';
import { foldBatchNorm } from '../../../trainer/network/fold-batch-norm.ts';
import type { Weights } from '../../../trainer/network/weights.ts';
import { randomWeights } from '../export/random-network.ts';
import { coarse, type OnnxOptions, onnxFile, stateDict } from './foreign-network.ts';

const SIDE = 16;
const cifar: Architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 };
const imagenet: Architecture = { ...cifar, stem: 'imagenet' };
const extended: Architecture = { ...imagenet, extraBlock: true };
const engine = createOnnxEngine();
/** What the last import asked an engine for. */
let asked: Architecture[] = [];
const weights = coarse(randomWeights(cifar, 5));
const labels = ['cat', 'dog', 'ship'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-import-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function take(name: string, bytes: Uint8Array, names = labels, size = SIDE) {
  const path = join(folder, name);
  await writeFile(path, bytes);
  const [mean, std]: [number, number, number][] = [
    [0.5, 0.5, 0.5],
    [0.25, 0.25, 0.25],
  ];
  const trainedOn = trainedOnLabels(names, { size, mean, std });
  asked = [];
  const openEngine = async (architecture: Architecture) => {
    asked.push(architecture);
    return engine;
  };
  return importNetwork({ openEngine, path, trainedOn });
}

const safetensors = (tensors: ReadonlyMap<string, SafeTensor>) =>
  take('network.safetensors', encodeSafetensors(tensors, { format: 'pt' }));

const onnx = (architecture: Architecture, values: Weights, options: Partial<OnnxOptions> = {}) =>
  take('network.onnx', onnxFile(architecture, values, { side: SIDE, ...options }));

/** The logits of both weights on the same pictures. */
async function expectSameLogits(architecture: Architecture, left: Weights, right: Weights) {
  const random = randomFor(1, 'import test');
  const images = Float32Array.from({ length: 4 * 3 * SIDE * SIDE }, () => random.between(-2, 2));
  const classifier = new Classifier(engine, architecture);
  const size = { height: SIDE, width: SIDE };
  const [one, two] = [
    await classifier.logits(left, images, size),
    await classifier.logits(right, images, size),
  ];
  await classifier.dispose();
  one.forEach((logit, index) => {
    expect(Math.abs(logit - two[index]!)).toBeLessThan(1e-4);
  });
}

describe('a state dict', () => {
  test.each([
    ['as torch saves it', {}],
    ['of DataParallel', { prefix: 'module.' }],
    ['in half precision', { dtype: 'F16' as const }],
    ['in bfloat16', { dtype: 'BF16' as const }],
  ])('%s comes whole', async (_, options) => {
    const { network, check } = await safetensors(stateDict(weights, options));
    expect(network.architecture).toEqual(cifar);
    expect([check, asked]).toEqual([null, []]);
    expect(network.dataSet).toMatchObject({
      labelNames: labels,
      preprocessing: { height: SIDE, mean: [0.5, 0.5, 0.5] },
    });
    expect(new Map([...network.weights].sort())).toEqual(new Map([...weights].sort()));
  });

  test.each([
    ['with a first convolution of 7 x 7 has the stem for large pictures', imagenet],
    ['with an extra block comes with it', extended],
  ])('%s', async (_, architecture) => {
    const { network } = await safetensors(stateDict(randomWeights(architecture, 1)));
    expect(network.architecture).toEqual(architecture);
  });

  test('is remembered by its digest', async () => {
    const bytes = encodeSafetensors(stateDict(weights), {});
    const { network } = await take('a.safetensors', bytes);
    expect(network.origin).toEqual({
      format: 'safetensors',
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  });

  const without = (name: string) => {
    const tensors = stateDict(weights);
    tensors.delete(name);
    return tensors;
  };
  const withTensor = (name: string, shape: number[], fill = 0) =>
    stateDict(weights).set(name, {
      dtype: 'F32',
      shape,
      data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill),
    });

  test.each<[string, () => Map<string, SafeTensor>, string, RegExp]>([
    [
      'without a layer',
      () => without('layer3.1.conv2.weight'),
      'TENSORS_MISMATCH',
      /layer3\.1\.conv2/,
    ],
    [
      'of ResNet-34',
      () => withTensor('layer1.2.conv1.weight', [2, 2, 3, 3]),
      'TENSORS_MISMATCH',
      /unknown layer1\.2/,
    ],
    [
      'of ResNet-50',
      () => withTensor('layer1.0.conv1.weight', [2, 2, 1, 1]),
      'TENSORS_MISMATCH',
      /not \[2,2,3,3\]/,
    ],
    [
      'of grey pictures',
      () => withTensor('conv1.weight', [2, 1, 3, 3]),
      'NETWORK_UNKNOWN',
      /takes 1 channels/,
    ],
    ['of another kind', () => without('conv1.weight'), 'NETWORK_UNKNOWN', /conv1\.weight/],
    [
      'that diverged',
      () => withTensor('fc.bias', [3], Number.NaN),
      'WEIGHTS_INVALID',
      /fc\.bias is NaN/,
    ],
    [
      'with a negative variance',
      () => withTensor('bn1.running_var', [2], -1),
      'WEIGHTS_INVALID',
      /bn1\.running_var is -1/,
    ],
  ])('%s is refused, saying why', async (_, tensors, code, message) => {
    await expect(safetensors(tensors())).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('an ONNX file', () => {
  test.each<[string, Architecture, Partial<OnnxOptions>]>([
    ['with batch normalisation', cifar, {}],
    ['for one picture at a time', cifar, { batch: 1 }],
    ['for batches that do not divide the pictures', cifar, { batch: 3 }],
    ['whose last layer is a product and a sum', cifar, { plainHead: true }],
    ['with the stem for large pictures', imagenet, {}],
    ['with an extra block', extended, {}],
  ])('%s comes whole', async (_, architecture, options) => {
    const values = randomWeights(architecture, 6);
    const { network, check } = await onnx(architecture, values, options);
    expect(network.architecture).toEqual(architecture);
    expect(network.origin!.format).toBe('onnx');
    expect(asked).toEqual([architecture]);
    expect(check!.maxDifference).toBeLessThan(1e-4);
    expect(new Map([...network.weights].sort())).toEqual(new Map([...values].sort()));
  });

  test('with normalisation folded gives the same logits', async () => {
    const values = randomWeights(cifar, 6);
    const { network, check } = await onnx(cifar, foldBatchNorm(cifar, values), { folded: true });
    expect(check!.images).toBe(8);
    await expectSameLogits(cifar, network.weights, values);
  });

  test.each<[string, Partial<OnnxOptions>, RegExp]>([
    ['with another stride', { stride: 1 }, /layer2\.0\.conv1 has strides 1,1, not 2,2/],
    ['with another activation', { activation: 'Sigmoid' }, /Relu should follow .*Sigmoid does/],
    ['that gives probabilities', { softmax: true }, /after the logits comes Softmax/],
  ])('%s is refused, saying where it departs', async (_, options, message) => {
    await expect(onnx(cifar, weights, options)).rejects.toMatchObject({
      name: 'ImportError',
      code: 'NETWORK_UNKNOWN',
      message: expect.stringMatching(message),
    });
  });

  test('of another size than its pictures would get is refused', async () => {
    const bytes = onnxFile(cifar, weights, { side: SIDE });
    await expect(take('b.onnx', bytes, labels, 32)).rejects.toMatchObject({
      code: 'PREPROCESSING_MISMATCH',
      message: expect.stringContaining('--size 16'),
    });
  });

  test('that is none is refused', async () => {
    for (const text of ['', 'not a network at all']) {
      await expect(take('c.onnx', Buffer.from(text))).rejects.toMatchObject({
        code: 'FORMAT_UNKNOWN',
      });
    }
  });
});

test('labels that are too few, and formats that are not known, are refused', async () => {
  const bytes = encodeSafetensors(stateDict(weights), {});
  await expect(take('d.safetensors', bytes, ['cat', 'dog'])).rejects.toMatchObject({
    code: 'LABELS_MISMATCH',
    message: expect.stringMatching(/3 classes.*2 labels/),
  });
  await expect(take('network.pt', bytes)).rejects.toMatchObject({
    code: 'FORMAT_UNKNOWN',
    message: expect.stringContaining('safetensors.torch.save_file'),
  });
});
