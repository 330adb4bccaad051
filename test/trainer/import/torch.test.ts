import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeSafetensors } from '../../../trainer/checkpoint/safetensors.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { Classifier } from '../../../trainer/evaluation/classifier.ts';
import { importNetwork } from '../../../trainer/import/import-network.ts';
import { trainedOnLabels } from '../../../trainer/import/trained-on.ts';

/** A Python that has torch and onnx: PATCHWORK_TORCH_PYTHON names it where it is not `python3`. */
const PYTHON = process.env.PATCHWORK_TORCH_PYTHON ?? 'python3';
const SCRIPT = join(import.meta.dirname, 'torch-resnet18.py');

function hasTorch(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import torch, onnx'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const run = promisify(execFile);
const engine = createOnnxEngine();

describe.skipIf(!hasTorch()).each([
  ['cifar', 32],
  ['imagenet', 64],
] as const)('a network of torch with the %s stem', (stem, side) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchwork-torch-'));
    await run(PYTHON, [SCRIPT, folder, stem, '4', String(side), '5']);
  }, 180_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function read(name: string, tensor: string): Promise<Float32Array> {
    const path = join(folder, name);
    return decodeSafetensors(await readFile(path), path).tensors.get(tensor)!.data as Float32Array;
  }

  test.each([
    ['plain.safetensors', 'expected.safetensors'],
    ['parallel.safetensors', 'expected.safetensors'],
    ['half.safetensors', 'half-logits.safetensors'],
    ['bfloat.safetensors', 'bfloat-logits.safetensors'],
    ['folded.onnx', 'expected.safetensors'],
    ['unfolded.onnx', 'expected.safetensors'],
  ])('gives its logits when it comes as %s', async (file, answers) => {
    const [mean, std]: [number, number, number][] = [
      [0.5, 0.5, 0.5],
      [0.25, 0.25, 0.25],
    ];
    const trainedOn = trainedOnLabels(['a', 'b', 'c', 'd', 'e'], { size: side, mean, std });
    const { network } = await importNetwork({
      openEngine: async () => engine,
      path: join(folder, file),
      trainedOn,
    });
    const classifier = new Classifier(engine, network.architecture);
    const images = await read('expected.safetensors', 'images');
    const logits = await classifier.logits(network.weights, images, { height: side, width: side });
    await classifier.dispose();
    const expected = await read(answers, 'logits');
    expect(logits).toHaveLength(expected.length);
    logits.forEach((logit, index) => {
      expect(Math.abs(logit - expected[index]!)).toBeLessThan(1e-4);
    });
  });
});
