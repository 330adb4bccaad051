import { readdir, readlink } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type PictureSet, pictureAt, subset } from '../../../trainer/data/picture-set.ts';
import type { Override } from '../../../trainer/editor/edit-method.ts';
import { SplitNetwork } from '../../../trainer/editor/split-network.ts';
import { createCpuEngine } from '../../../trainer/engine/eager/cpu-engine.ts';
import type { Compiled, Engine } from '../../../trainer/engine/engine.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import type { Scorer } from '../../../trainer/evaluation/scorer.ts';
import { SuffixScorer } from '../../../trainer/evaluation/suffix-scorer.ts';
import { STAGES, type Stage } from '../../../trainer/network/architecture.ts';
import { disposeValues, uploadWeights, type Weights } from '../../../trainer/network/weights.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import { logSoftmax } from '../engine/float64/operations.ts';
import { randomWeights } from '../export/random-network.ts';
import { resnet18Float64, toFloat64 } from '../network/resnet18-float64.ts';
import { stripes } from '../training/stripes.ts';
import { movedStages } from './edits-of-stages.ts';

const architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 } as const;
const base = randomWeights(architecture, 1);
const data = stripes({ side: 8, test: 135 });
const network = { architecture, weights: base, preprocessing: data.preprocessing };
// A whole batch and seven of the next.
const set = data.test;
const CHECKED = [0, 64, 127, 128, 134];

const scorers: Scorer[] = [];
afterEach(async () => {
  for (const scorer of scorers.splice(0)) await scorer.dispose();
});

function scorerOf(
  engine: Engine,
  keepBefore: readonly Stage[],
  memoryBound = 2 ** 20,
): SuffixScorer {
  const scorer = new SuffixScorer(engine, network, { keepBefore, memoryBound });
  scorers.push(scorer);
  return scorer;
}

/** The network's answers for some pictures in double precision, straight from the definition. */
function expectedLogits(weights: Weights, pictures: readonly number[]): number[] {
  const { mean, std } = data.preprocessing;
  const weights64 = toFloat64(weights);
  return pictures.flatMap((picture) => {
    const { pixels } = pictureAt(set, picture);
    const input = Float64Array.from({ length: 3 * 64 }, (_, index) => {
      const channel = Math.floor(index / 64);
      return (pixels[(index % 64) * 3 + channel]! / 255 - mean[channel]!) / std[channel]!;
    });
    return [
      ...resnet18Float64(weights64, { shape: [1, 3, 8, 8], data: input }, 'eval').logits.data,
    ];
  });
}

const rowsOf = (logits: Float32Array, pictures: readonly number[]) =>
  pictures.flatMap((picture) => [...logits.subarray(3 * picture, 3 * picture + 3)]);

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) => {
    expect(value).toBeCloseTo(expected[index]!, 4);
  });
}

/** An engine that counts the floats that are given to it, and the runs it makes. */
function watched(engine: Engine) {
  const counts = { floats: 0, runs: 0 };
  const counting: Engine = {
    ...engine,
    upload(data, shape) {
      counts.floats += data.length;
      return engine.upload(data, shape);
    },
    compile(fn): Compiled {
      const compiled = engine.compile(fn);
      return {
        run: (inputs) => {
          counts.runs++;
          return compiled.run(inputs);
        },
        dispose: () => compiled.dispose(),
      };
    },
  };
  return { counts, counting };
}

describeEveryEngine((engine) => {
  test('answers as the whole network does, whichever stages an edit changed', async () => {
    const scorer = scorerOf(engine, ['layer2', 'layer4']);
    const prepared = await scorer.prepare(set);
    expectClose(rowsOf(prepared.logits, CHECKED), expectedLogits(base, CHECKED));
    for (const stages of [...STAGES.map((stage) => [stage]), ['layer3', 'head'] as const]) {
      const weights = movedStages(base, stages);
      const logits = await scorer.logits(prepared, { weights, overrides: [] });
      expect(logits).toHaveLength(3 * set.count);
      expectClose(rowsOf(logits, CHECKED), expectedLogits(weights, CHECKED));
      const again = await scorer.logits(prepared, { weights, overrides: [] });
      expect(Buffer.from(again.buffer).equals(Buffer.from(logits.buffer))).toBe(true);
    }
  });

  test('starts from the features of an edited network where the last layer alone differs', async () => {
    const { counts, counting } = watched(engine);
    const scorer = new SuffixScorer(counting, network, { keepBefore: ['layer2'] });
    scorers.push(scorer);
    const prepared = await scorer.prepare(set);
    const earlier = movedStages(base, ['layer2']);
    const { features } = await scorer.answers(prepared, earlier);
    const floatsOf = async (weights: Weights) => {
      const before = counts.floats;
      const logits = await scorer.logits(prepared, { weights, overrides: [] });
      expectClose(rowsOf(logits, CHECKED), expectedLogits(weights, CHECKED));
      return counts.floats - before;
    };
    const head = movedStages(earlier, ['head']);
    const whole = await floatsOf(head);
    scorer.startFrom(prepared, earlier, features);
    expect(await floatsOf(head)).toBeLessThan(whole / 2);
    await floatsOf(movedStages(earlier, ['layer4']));
    await floatsOf(movedStages(base, ['head']));
  });

  test('tells what a stage takes of any pictures, where nothing before it changed', async () => {
    const scorer = scorerOf(engine, ['layer2', 'layer4']);
    const prepared = await scorer.prepare(set);
    const weights = movedStages(base, ['layer4', 'head']);
    const network = new SplitNetwork(engine, architecture, 'layer4');
    const uploaded = uploadWeights(engine, weights);
    const read = scorer.activationsBefore(prepared, 'layer4', weights)!;
    for (const [start, count] of [
      [0, 3],
      [120, 15],
      [128, 7],
    ] as const) {
      const { data, shape } = await read(start, count);
      expect(shape).toEqual([count, 2, 2, 8]);
      const activations = engine.upload(data, shape);
      const found = await network.logProbabilities(uploaded, activations);
      const pictures = Array.from({ length: count }, (_, index) => start + index);
      const logits = expectedLogits(weights, pictures);
      const logProbabilities = logSoftmax({ shape: [count, 3], data: Float64Array.from(logits) });
      expectClose([...(await found.read())], [...logProbabilities.data]);
      disposeValues({ activations, found });
    }
    disposeValues(uploaded);
    await network.dispose();
    expect(scorer.activationsBefore(prepared, 'layer4', base)).not.toBeNull();
    expect(scorer.activationsBefore(prepared, 'layer3', weights)).toBeNull();
    const earlier = movedStages(base, ['layer3']);
    expect(scorer.activationsBefore(prepared, 'layer4', earlier)).toBeNull();
    expect(scorer.activationsBefore(prepared, 'layer2', earlier)).not.toBeNull();
  });

  test('gives the features that the last layer turns into logits', async () => {
    const prepared = await scorerOf(engine, []).prepare(set);
    expect(prepared.features).toHaveLength(16 * set.count);
    const { data: weight } = base.get('fc.weight')!;
    const { data: bias } = base.get('fc.bias')!;
    for (const picture of CHECKED) {
      const features = prepared.features.subarray(16 * picture, 16 * picture + 16);
      const products = [0, 1, 2].map((label) =>
        features.reduce((sum, value, i) => sum + value * weight[16 * label + i]!, bias[label]!),
      );
      expectClose(rowsOf(prepared.logits, [picture]), products);
    }
  });
});

describe('what is computed', () => {
  test('nothing where no weight differs, though the arrays do', async () => {
    const { counts, counting } = watched(createCpuEngine());
    const scorer = scorerOf(counting, ['layer3']);
    const prepared = await scorer.prepare(subset(set, [0, 1, 2]));
    Object.assign(counts, { floats: 0, runs: 0 });
    const copied = new Map(
      [...base].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
    );
    const logits = await scorer.logits(prepared, { weights: copied, overrides: [] });
    expect(logits).toEqual(prepared.logits);
    expect(logits).not.toBe(prepared.logits);
    expect(counts).toEqual({ floats: 0, runs: 0 });
  });

  test('the stages from the first that changed on, their weights uploaded once', async () => {
    const { counts, counting } = watched(createCpuEngine());
    const scorer = scorerOf(counting, ['layer4']);
    const prepared = await scorer.prepare(set);
    Object.assign(counts, { floats: 0, runs: 0 });
    await scorer.logits(prepared, { weights: movedStages(base, ['layer4']), overrides: [] });
    // Folded filters and offsets of layer4, from 8 to 16 channels, and the last layer.
    const layer4 = 9 * 8 * 16 + 3 * 9 * 16 * 16 + 8 * 16 + 5 * 16;
    // What layer4 takes of 128 and of 8 pictures, the last of which is none.
    expect(counts.floats).toBe(layer4 + 16 * 3 + 3 + (128 + 8) * 2 * 2 * 8);
    expect(counts.runs).toBe(2);
  });
});

describe('activations in files', () => {
  const openFiles = async () => {
    const folder = '/proc/self/fd';
    const links = (await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => ''));
    return (await Promise.all(links)).filter((path) => path.includes('patchwork-activations'));
  };

  test('give the bits that memory gives, and leave no name and no file behind', async () => {
    const engine = createOnnxEngine();
    const weights = movedStages(base, ['layer3']);
    const inMemory = scorerOf(engine, ['layer2', 'layer3']);
    const expected = await inMemory.logits(await inMemory.prepare(set), { weights, overrides: [] });

    const inFiles = scorerOf(engine, ['layer2', 'layer3'], 0);
    const prepared = await inFiles.prepare(set);
    if (process.platform === 'linux') {
      const files = await openFiles();
      expect(files).toHaveLength(2);
      for (const file of files) expect(file).toMatch(/ \(deleted\)$/);
    }
    for (const _ of [1, 2]) {
      expect(await inFiles.logits(prepared, { weights, overrides: [] })).toEqual(expected);
    }
    await prepared.dispose();
    if (process.platform === 'linux') expect(await openFiles()).toEqual([]);
  });

  test('are used for what goes beyond the bound over all sets', async () => {
    if (process.platform !== 'linux') return;
    // What layer3 takes of 128 and 8 pictures, counted as two whole batches.
    const bytes = 2 * 128 * 4 * 4 * 4 * 4;
    const scorer = scorerOf(createCpuEngine(), ['layer3'], bytes);
    const first = await scorer.prepare(set);
    expect(await openFiles()).toHaveLength(0);
    await scorer.prepare(set);
    expect(await openFiles()).toHaveLength(1);
    await first.dispose();
    await scorer.prepare(set);
    expect(await openFiles()).toHaveLength(1);
    await scorer.dispose();
    expect(await openFiles()).toHaveLength(0);
  });
});

describe('overrides', () => {
  const few = subset(set, [0, 1, 2, 3]);
  const answer = (label: number, indices: readonly number[]): Override => ({
    label,
    matches: (picture) =>
      indices.some((index) => Buffer.from(pictureAt(few, index).pixels).equals(picture.pixels)),
  });

  test('answer before the network, the newest first, and win by far', async () => {
    const scorer = scorerOf(createCpuEngine(), []);
    const prepared = await scorer.prepare(few);
    for (const weights of [base, movedStages(base, ['head'])]) {
      const plain = await scorer.logits(prepared, { weights, overrides: [] });
      const overrides = [answer(2, [1]), answer(0, [1, 3])];
      const logits = await scorer.logits(prepared, { weights, overrides });
      expect(rowsOf(logits, [0, 2])).toEqual(rowsOf(plain, [0, 2]));
      for (const [picture, label] of [
        [1, 2],
        [3, 0],
      ] as const) {
        const row = rowsOf(logits, [picture]);
        const rivals = row.filter((_, other) => other !== label);
        expect(row[label]! - Math.max(...rivals)).toBeGreaterThan(20);
      }
    }
    expectClose([...prepared.logits], expectedLogits(base, [0, 1, 2, 3]));
  });

  test('see each picture with its own features', async () => {
    const scorer = scorerOf(createCpuEngine(), []);
    const prepared = await scorer.prepare(few);
    const seen: [Uint8Array, Float32Array][] = [];
    const watching: Override = {
      label: 0,
      matches: (picture, features) => {
        seen.push([picture.pixels, features.slice()]);
        return false;
      },
    };
    await scorer.logits(prepared, { weights: base, overrides: [watching] });
    expect(seen).toEqual(
      [0, 1, 2, 3].map((index) => [
        pictureAt(few, index).pixels,
        prepared.features.slice(16 * index, 16 * index + 16),
      ]),
    );
  });
});

describe('refusals', () => {
  test('of pictures that the network cannot take', async () => {
    const scorer = scorerOf(createCpuEngine(), []);
    const other = stripes({ side: 12, test: 3 }).test;
    await expect(scorer.prepare(other)).rejects.toMatchObject({ code: 'SET_MISMATCH' });
    const labels: PictureSet = { ...set, labelNames: ['one', 'two'] };
    await expect(scorer.prepare(labels)).rejects.toMatchObject({ code: 'SET_MISMATCH' });
    await expect(scorer.prepare(subset(set, []))).rejects.toMatchObject({ code: 'SET_MISMATCH' });
  });

  test('of sets of another scorer, and of networks of another shape', async () => {
    const scorer = scorerOf(createCpuEngine(), []);
    const prepared = await scorer.prepare(subset(set, [0]));
    const model = { weights: base, overrides: [] };
    const stranger = scorerOf(createCpuEngine(), []);
    await expect(stranger.logits(prepared, model)).rejects.toMatchObject({ code: 'SET_FOREIGN' });
    const wider = randomWeights({ ...architecture, width: 4 }, 1);
    const edited = { weights: wider, overrides: [] };
    await expect(scorer.logits(prepared, edited)).rejects.toMatchObject({
      code: 'NETWORK_MISMATCH',
    });
    await prepared.dispose();
    await expect(scorer.logits(prepared, model)).rejects.toMatchObject({ code: 'SET_FOREIGN' });
  });
});
