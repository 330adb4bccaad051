import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  loadCheckpoint,
  loadNetwork,
  saveCheckpoint,
} from '../../../trainer/checkpoint/checkpoint.ts';
import { roundToHalf } from '../../../trainer/checkpoint/half-precision.ts';
import type { SafeTensor } from '../../../trainer/checkpoint/safe-tensor.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../trainer/checkpoint/safetensors.ts';
import { type Architecture, parameterShapes } from '../../../trainer/network/architecture.ts';
import { initialWeights } from '../../../trainer/network/initialise.ts';
import type { Weights } from '../../../trainer/network/weights.ts';

const architecture: Architecture = { name: 'resnet18', stem: 'cifar', width: 4, classes: 3 };

function ramp(scale: number): Weights {
  return new Map(
    [...parameterShapes(architecture)].map(([name, shape]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, data: Float32Array.from({ length: count }, (_, i) => i * scale) }];
    }),
  );
}

const checkpoint: Checkpoint = {
  architecture,
  weights: initialWeights(architecture, 1),
  moments: { first: ramp(1e-3), second: ramp(1e-6) },
  coefficients: new Map(),
  training: {
    epoch: 2,
    step: 157,
    seed: 7,
    optionsFingerprint: 'abc',
    curve: [
      { epoch: 1, loss: 0.1 + 0.2 },
      { epoch: 2, loss: Number.NaN },
    ],
  },
  dataSet: {
    name: 'shapes',
    fingerprint: 'f00d',
    labelNames: ['kreis', 'größe', '星'],
    preprocessing: {
      height: 32,
      width: 32,
      resize: 'bilinear-antialias',
      mean: [0.1, 0.2, 0.3],
      std: [0.4, 0.5, 0.6],
    },
  },
};

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-checkpoint-'));
  path = join(folder, 'net.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

/** Saves the checkpoint with its file's tensors and metadata changed. */
async function saveChanged(
  change: (tensors: Map<string, SafeTensor>, metadata: Record<string, string>) => void,
): Promise<void> {
  await saveCheckpoint(path, checkpoint);
  const { tensors, metadata } = decodeSafetensors(await readFile(path), path);
  const changed: [Map<string, SafeTensor>, Record<string, string>] = [
    new Map(tensors),
    { ...metadata },
  ];
  change(...changed);
  await writeFile(path, encodeSafetensors(...changed));
}

describe('checkpoints', () => {
  it('are read back as they were saved, to the last bit', async () => {
    await saveCheckpoint(path, checkpoint);
    expect(await loadCheckpoint(path)).toEqual(checkpoint);
    expect(await loadCheckpoint(path, { expect: architecture })).toEqual(checkpoint);
  });

  it('are the same file for the same state', async () => {
    await saveCheckpoint(path, checkpoint);
    const again = join(folder, 'again.safetensors');
    await saveCheckpoint(again, await loadCheckpoint(path));
    expect((await readFile(again)).equals(await readFile(path))).toBe(true);
  });

  it('hold the state dict of torchvision beside the optimizer state', async () => {
    await saveCheckpoint(path, checkpoint);
    const { tensors } = decodeSafetensors(await readFile(path), path);
    const own = [...tensors].filter(([name]) => !name.startsWith('optimizer.'));
    const learned = parameterShapes(architecture).size;
    // torchvision.models.resnet18().state_dict() has 122 entries, 62 of them learned.
    expect([own.length, learned, tensors.size]).toEqual([122, 62, 122 + 2 * 62]);
    const shapes = Object.fromEntries(
      own.map(([name, { dtype, shape }]) => [name, [dtype, ...shape]]),
    );
    expect(shapes).toMatchObject({
      'conv1.weight': ['F32', 4, 3, 3, 3],
      'layer2.0.downsample.0.weight': ['F32', 8, 4, 1, 1],
      'layer4.1.bn2.running_var': ['F32', 32],
      'fc.weight': ['F32', 3, 32],
      'bn1.num_batches_tracked': ['I64'],
    });
    expect(tensors.get('bn1.num_batches_tracked')!.data).toEqual(BigInt64Array.of(157n));
  });

  it('hold what is learned of an editor, and how the network is edited, beside the network', async () => {
    const scalar = (value: number) => ({ shape: [], data: Float32Array.of(value) });
    const learned = (rate: number, decay: number): Weights =>
      new Map([
        ['editor.rate', scalar(rate)],
        ['editor.decay', scalar(decay)],
      ]);
    const { first, second } = checkpoint.moments;
    const editing = {
      editor: 'rmsprop',
      coefficients: { rate: 1e-3, decay: 0.5 },
      steps: 3,
      margin: 0.1,
      stages: ['layer3', 'head'] as const,
    };
    const taught: Checkpoint = {
      ...checkpoint,
      coefficients: learned(-6.9, 0.1),
      moments: {
        first: new Map([...first, ...learned(1, 2)]),
        second: new Map([...second, ...learned(3, 4)]),
      },
      editing,
    };
    await saveCheckpoint(path, taught);
    expect(await loadCheckpoint(path)).toEqual(taught);
    const { moments: _, coefficients: __, ...network } = taught;
    expect(await loadNetwork(path)).toEqual(network);

    const bytes = await readFile(path);
    const { tensors, metadata } = decodeSafetensors(bytes, path);
    const incomplete = new Map(tensors);
    incomplete.delete('optimizer.moment2.editor.decay');
    await writeFile(path, encodeSafetensors(incomplete, metadata));
    await expect(loadCheckpoint(path)).rejects.toMatchObject({
      code: 'TENSORS_MISMATCH',
      message: expect.stringContaining('optimizer.moment2.editor.decay'),
    });
    const misnamed = JSON.stringify({ ...editing, stages: ['layer9'] });
    await writeFile(path, encodeSafetensors(tensors, { ...metadata, editing: misnamed }));
    await expect(loadNetwork(path)).rejects.toMatchObject({
      code: 'METADATA_INVALID',
      message: expect.stringContaining('editing.stages'),
    });
  });

  it('give the network alone, with or without optimizer state in the file', async () => {
    const { moments, coefficients: _, ...network } = checkpoint;
    expect(moments.first.size).toBe(62);
    await saveCheckpoint(path, checkpoint);
    expect(await loadNetwork(path)).toEqual(network);
    await saveCheckpoint(path, network);
    expect(await loadNetwork(path)).toEqual(network);
    await expect(loadCheckpoint(path)).rejects.toMatchObject({
      code: 'TENSORS_MISMATCH',
      message: expect.stringMatching(/no optimizer state/),
    });
  });

  it('may lack the batch counters', async () => {
    await saveChanged((tensors) => {
      for (const name of tensors.keys()) if (name.endsWith('tracked')) tensors.delete(name);
    });
    expect(await loadCheckpoint(path)).toEqual(checkpoint);
  });

  it('widen weights that are stored in half precision', async () => {
    // sign, exponent and fraction by hand: 1, -2, 65504, 2^-24, -0, infinity, 1/3 rounded
    const bits = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x7c00, 0x3555];
    const values = [1, -2, 65504, 2 ** -24, -0, Number.POSITIVE_INFINITY, 0.333251953125];
    await saveChanged((tensors) => {
      const data = Uint16Array.from({ length: 96 }, (_, i) => bits[i % 7]!);
      tensors.set('fc.weight', { dtype: 'F16', shape: [3, 32], data });
    });
    const { weights } = await loadNetwork(path);
    const expected = Float32Array.from({ length: 96 }, (_, i) => values[i % 7]!);
    expect(weights.get('fc.weight')).toEqual({ shape: [3, 32], data: expected });
  });

  it('are rounded to half precision where that is asked for, but for vectors', async () => {
    await saveCheckpoint(path, checkpoint, { half: true });
    const { tensors } = decodeSafetensors(await readFile(path), path);
    expect(tensors.get('conv1.weight')!.dtype).toBe('F16');
    for (const name of ['fc.bias', 'bn1.weight', 'bn1.running_var', 'optimizer.moment1.fc.weight'])
      expect(tensors.get(name)!.dtype, name).toBe('F32');
    const read = await loadCheckpoint(path);
    expect({ ...read, weights: null }).toEqual({ ...checkpoint, weights: null });
    expect(read.weights).toEqual(roundToHalf(checkpoint.weights));
    for (const [name, { data }] of checkpoint.weights) {
      const rounded = read.weights.get(name)!.data;
      // Half precision has 11 bits; below 2^-14 its step is 2^-24.
      data.forEach((value, index) => {
        const most = Math.max(Math.abs(value) * 2 ** -11, 2 ** -25);
        expect(Math.abs(rounded[index]! - value), name).toBeLessThanOrEqual(most);
      });
    }
  });

  it.each([
    [{ ...architecture, width: 8 }, /has width 4, this run wants 8/],
    [{ ...architecture, stem: 'imagenet' as const }, /has stem cifar, this run wants imagenet/],
    [
      { ...architecture, classes: 10, width: 2 },
      /width 4, this run wants 2; classes 3, this run wants 10/,
    ],
  ])('of another network are refused', async (expected, message) => {
    await saveCheckpoint(path, checkpoint);
    for (const load of [loadCheckpoint, loadNetwork]) {
      await expect(load(path, { expect: expected })).rejects.toMatchObject({
        code: 'ARCHITECTURE_MISMATCH',
        message: expect.stringMatching(message),
      });
    }
  });

  const f32 = (...shape: number[]): SafeTensor => ({
    dtype: 'F32',
    shape,
    data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
  });
  it.each<[string, (tensors: Map<string, SafeTensor>) => void, RegExp]>([
    ['without a weight', (t) => t.delete('fc.bias'), /missing fc\.bias/],
    [
      'without a moment',
      (t) => t.delete('optimizer.moment2.conv1.weight'),
      /missing optimizer\.moment2\.conv1/,
    ],
    ['with a strange tensor', (t) => t.set('layer9.weight', f32(1)), /unknown layer9\.weight/],
    ['with a strange moment', (t) => t.set('optimizer.x', f32(1)), /unknown optimizer\.x/],
    [
      'with another shape',
      (t) => t.set('fc.weight', f32(32, 3)),
      /fc\.weight is \[32,3\], not \[3,32\]/,
    ],
    [
      'with whole numbers for weights',
      (t) => t.set('fc.bias', { dtype: 'I32', shape: [3], data: new Int32Array(3) }),
      /"fc\.bias" is I32/,
    ],
  ])('%s are refused, and the tensor is named', async (_, change, message) => {
    await saveChanged(change);
    await expect(loadCheckpoint(path)).rejects.toMatchObject({
      code: 'TENSORS_MISMATCH',
      message: expect.stringMatching(message),
    });
  });

  it.each<[string, (metadata: Record<string, string>) => void, RegExp]>([
    ['of another program', (m) => delete m.schema, /no checkpoint that Patchwork wrote/],
    ['of another schema', (m) => Object.assign(m, { schema: 'patchwork/checkpoint@9' }), /schema/],
    ['without training state', (m) => delete m.training, /training/],
    [
      'with damaged metadata',
      (m) => Object.assign(m, { dataSet: '{"name"' }),
      /"dataSet" is not JSON/,
    ],
    [
      'with an impossible width',
      (m) => Object.assign(m, { architecture: JSON.stringify({ ...architecture, width: 0 }) }),
      /architecture\.width/,
    ],
    [
      'with more classes than label names',
      (m) => Object.assign(m, { architecture: JSON.stringify({ ...architecture, classes: 4 }) }),
      /4 classes but 3 label names/,
    ],
  ])('%s are refused, and the field is named', async (_, change, message) => {
    await saveChanged((_tensors, metadata) => change(metadata));
    await expect(loadNetwork(path)).rejects.toMatchObject({
      code: 'METADATA_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('are not saved when the weights are not those of the architecture, and the old file stays', async () => {
    await saveCheckpoint(path, checkpoint);
    const weights = new Map(checkpoint.weights);
    weights.delete('conv1.weight');
    await expect(saveCheckpoint(path, { ...checkpoint, weights })).rejects.toMatchObject({
      code: 'TENSORS_MISMATCH',
      message: expect.stringMatching(/missing conv1\.weight/),
    });
    expect(await loadCheckpoint(path)).toEqual(checkpoint);
  });

  it('that are cut short are refused by name', async () => {
    await saveCheckpoint(path, checkpoint);
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length / 2));
    await expect(loadCheckpoint(path)).rejects.toMatchObject({
      code: 'SAFETENSORS_INVALID',
      message: expect.stringContaining(path),
    });
  });
});
