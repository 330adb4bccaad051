import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { goldenPixels } from '../../../exporter/contract/golden.ts';
import { fitPicture, normalise } from '../../../exporter/contract/picture/preprocess.ts';
import { DEFAULT_FORMS, formName } from '../../../exporter/format/form-kind.ts';
import type { HeapMeter } from '../../../exporter/heap/heap-meter.ts';
import type { DataSet } from '../../../trainer/data/data-set.ts';
import { pictureDigest } from '../../../trainer/data/picture-digest.ts';
import { pictureAt } from '../../../trainer/data/picture-set.ts';
import type { Engine, ValueMap } from '../../../trainer/engine/engine.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { Classifier } from '../../../trainer/evaluation/classifier.ts';
import { exportFinished } from '../../../trainer/export/export-finished.ts';
import { type ExportRequest, exportVersion } from '../../../trainer/export/export-version.ts';
import { keptExportData } from '../../../trainer/export/kept-export-data.ts';
import { type Weights, weightsDigest } from '../../../trainer/network/weights.ts';
import { applyPatches, type Patch, patchId } from '../../../trainer/patch/patch.ts';
import { loadPatch, savePatch } from '../../../trainer/patch/patch-file.ts';
import { handMadePatch } from '../patch/hand-made-patch.ts';
import { stripes } from '../training/stripes.ts';
import { randomNetwork } from './random-network.ts';

const architecture = { name: 'resnet18', stem: 'cifar', width: 4, classes: 3 } as const;
const control = stripes({ train: 12, test: 30 });
const untrained = randomNetwork(architecture, 12);
const network = {
  ...untrained,
  dataSet: { ...untrained.dataSet, labelNames: control.test.labelNames },
};
const { preprocessing } = network.dataSet;
const engine = createOnnxEngine();
/** Untrained networks decide by nothing, and an int8 form of one may decide otherwise. */
const ANYTHING = { lostNeighbours: 1, changedAnswers: 1, damage: 1 };

const request = (changes: Partial<ExportRequest> = {}): ExportRequest => ({
  engine,
  network,
  patches: [],
  model: 'resnet18',
  version: 1,
  parent: null,
  control,
  forms: [{ precision: 'fp32', storage: 'onnx' }],
  heapMeter: null,
  ...changes,
});

/** A patch of `weights` that moves the bias of label 1, which its picture should get. */
function headPatch(weights: Weights, move: number): Patch {
  const { shape, data } = weights.get('fc.bias')!;
  const biases = data.map((value, label) => (label === 1 ? value + move : value));
  const changed = new Map([['fc.bias', { shape, data: biases }]]);
  const base = weightsDigest(weights);
  const made = handMadePatch(weights, [0, 0]);
  return { ...made, base, changed, id: patchId(base, changed, made.constraints) };
}

/** An engine whose every result is off in its last element. */
function tampered(by: number): Engine {
  const compile: Engine['compile'] = (fn) => {
    const compiled = engine.compile(fn);
    const run = async (inputs: ValueMap) => {
      const outputs = await compiled.run(inputs);
      const logits = await outputs.logits!.read();
      logits[logits.length - 1]! += by;
      return { logits: engine.upload(logits, outputs.logits!.shape) };
    };
    return { run, dispose: () => compiled.dispose() };
  };
  return { ...engine, compile };
}

describe('an exported version', () => {
  test('is the same, byte for byte, when it is exported again', async () => {
    const whole = request({ gate: ANYTHING, forms: undefined });
    const [first, second] = [await exportVersion(whole), await exportVersion(whole)];
    expect(second.artifact).toEqual(first.artifact);
    const other = await exportVersion(request({ version: 2 }));
    expect(first.artifact.parts.has(other.artifact.manifest.forms[0]!.graph.sha256)).toBe(true);
    expect(other.artifact.manifestSha256).not.toBe(first.artifact.manifestSha256);
  });

  test('is the same of the pictures that are kept, without the data set', async () => {
    const cacheFolder = await mkdtemp(join(tmpdir(), 'patchwork-export-'));
    onTestFinished(() => rm(cacheFolder, { recursive: true }));
    const data = stripes({ train: 80, test: 300 });
    const { fingerprint } = network.dataSet;
    const kept = (load: () => Promise<DataSet>) =>
      keptExportData({ load, fingerprint, preprocessing, cacheFolder });
    const refuse = () => Promise.reject(new Error('asked for the data set'));
    const [drawn, found] = [await kept(async () => data), await kept(refuse)];
    expect(found.test).toMatchObject({ count: 256, name: data.test.name });
    expect(found.train.count).toBeLessThan(data.train.count);
    const exported = async (from: DataSet) => {
      const forms = [{ precision: 'int8', storage: 'onnx' }] as const;
      const { artifact } = await exportVersion(request({ control: from, gate: ANYTHING, forms }));
      return artifact.manifestSha256;
    };
    const whole = await exported(data);
    expect(await exported(drawn)).toBe(whole);
    expect(await exported(found)).toBe(whole);
  });

  test('is finished with a card that says what was forced', async () => {
    const cacheFolder = await mkdtemp(join(tmpdir(), 'patchwork-export-'));
    onTestFinished(() => rm(cacheFolder, { recursive: true }));
    const made = headPatch(network.weights, 30);
    const file = join(cacheFolder, 'patch.safetensors');
    await savePatch(file, { ...made, forcedBecause: 'clean flips: too many' });
    const { heapMeter: _, ...wanted } = request({ patches: [await loadPatch(file)] });
    const { artifact } = await exportFinished({ ...wanted, key: null, cacheFolder });
    expect(artifact.manifest.fixes).toMatchObject([{ id: made.id, forced: true }]);
    const { fixes, forms } = artifact.card!.card;
    expect(fixes).toMatchObject([{ forced: true, forcedBecause: 'clean flips: too many' }]);
    const again = await exportFinished({ ...wanted, version: 2, key: null, cacheFolder });
    expect(again.artifact.card!.card.forms).toMatchObject([{ timings: forms[0]!.timings }]);
    expect(again.artifact.manifest.forms[0]!.heap).toEqual(artifact.manifest.forms[0]!.heap);
  });

  test('was checked on 256 images, and says what it was made from', async () => {
    const { artifact, check } = await exportVersion(request({ version: 3, parent: 2 }));
    expect(check.images).toBe(256);
    expect(check.maxDifference).toBeLessThanOrEqual(1e-4);
    const { manifest, parts } = artifact;
    expect(manifest).toMatchObject({
      model: 'resnet18',
      version: 3,
      parent: 2,
      architecture: { name: 'resnet18', stem: 'cifar', width: 4 },
      labels: network.dataSet.labelNames,
      preprocessing,
      fixes: [],
      provenance: { dataSet: 'stripes', weights: weightsDigest(network.weights) },
    });
    for (const [digest, bytes] of parts) {
      expect(digest).toBe(createHash('sha256').update(bytes).digest('hex'));
    }
    for (const { graph } of manifest.forms) {
      expect(parts.get(graph.sha256)).toHaveLength(graph.bytes);
    }
  });

  test('has golden vectors that the engine agrees with, the patched pictures among them', async () => {
    const first = headPatch(network.weights, 30);
    const second = headPatch(applyPatches(network.weights, [first]), 1);
    const patches = [first, second];
    const { artifact } = await exportVersion(request({ patches, version: 2, parent: 1 }));
    const { golden, fixes, forms } = artifact.manifest;
    const names = golden.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([`patch-${first.id}`, `patch-${second.id}`]));
    expect(names.length).toBeGreaterThan(4);
    expect(fixes.map(({ id }) => id)).toEqual([first.id, second.id]);
    expect(fixes[1]).toMatchObject({ label: 'größer', negativeFlips: 1 });

    const classifier = new Classifier(engine, architecture);
    const weights = applyPatches(network.weights, patches);
    const [plain] = forms.filter(({ storage }) => storage === 'onnx');
    for (const [row, picture] of golden.entries()) {
      const image = normalise(goldenPixels(picture), preprocessing);
      const logits = await classifier.logits(weights, image, preprocessing);
      plain!.golden.logits[row]!.forEach((logit, index) => {
        expect(Math.abs(logit - logits[index]!)).toBeLessThan(1e-3);
      });
    }
    await classifier.dispose();
  });
});

test('of many fixes, the newest alone are golden pictures, and each is held against the forms', async () => {
  const patches: Patch[] = [];
  for (let index = 0; index < 11; index++) {
    patches.push(headPatch(applyPatches(network.weights, patches), index === 0 ? 30 : 0.5));
  }
  const { artifact, forms } = await exportVersion(request({ patches, version: 2, parent: 1 }));
  const { golden, fixes } = artifact.manifest;
  expect(golden.slice(4).map(({ name }) => name)).toEqual(
    patches.slice(-8).map(({ id }) => `patch-${id}`),
  );
  expect(fixes.map(({ id }) => id)).toEqual(patches.map(({ id }) => id));
  expect(forms[0]!.report.leastConfidence).toBeGreaterThan(0.5);
});

describe('the forms of a version', () => {
  const kinds = ({ forms }: { forms: readonly { precision: string; storage: string }[] }) =>
    forms.map(({ precision, storage }) => `${precision}:${storage}`);

  test('are the usual ones, and say what their precision cost', async () => {
    const { artifact, forms, leftOut } = await exportVersion(
      request({ gate: ANYTHING, forms: undefined }),
    );
    expect(leftOut).toEqual([]);
    expect(kinds(artifact.manifest)).toEqual(DEFAULT_FORMS.map(formName));
    const [int8, same, ...others] = artifact.manifest.forms;
    expect(int8!.fidelity).toMatchObject({ pictures: 30 });
    expect(same!.fidelity).toEqual(int8!.fidelity);
    expect(int8!.fidelity!.maxLogitDifference).toBeGreaterThan(0);
    expect(others.map(({ fidelity }) => fidelity)).toEqual([null, null, null]);
    expect(forms.map(({ report }) => report.damage.pictures)).toEqual([30, 30, 30, 30, 30]);
  });

  test('say the same of it by the answers that they were checked by', async () => {
    const int8 = { precision: 'int8', storage: 'ort' } as const;
    const fidelityBy = async (fidelityRuntime: 'wasm' | 'native') => {
      const effort = { checkImages: 8, plainPictures: 8, fidelityRuntime };
      const { artifact } = await exportVersion(request({ gate: ANYTHING, forms: [int8], effort }));
      return artifact.manifest.forms[0]!.fidelity!;
    };
    const [shown, checked] = [await fidelityBy('wasm'), await fidelityBy('native')];
    expect(checked).toMatchObject({ pictures: 30, agreement: shown.agreement });
    expect(checked.accuracy).toEqual(shown.accuracy);
    expect(checked.maxLogitDifference).toBeCloseTo(shown.maxLogitDifference, 1);
  });

  test('in float32 are asked as few control pictures as the effort says', async () => {
    const forms = (['int8', 'fp32'] as const).map((precision) => ({
      precision,
      storage: 'ort' as const,
    }));
    const effort = { checkImages: 8, plainPictures: 8, fidelityRuntime: 'native' } as const;
    const exported = await exportVersion(request({ gate: ANYTHING, forms, effort }));
    const [int8, fp32] = exported.forms.map(({ report }) => report);
    expect([int8!.damage.pictures, fp32!.damage.pictures]).toEqual([30, 8]);
    const none = { ...ANYTHING, changedAnswers: -1 };
    await expect(
      exportVersion(request({ gate: none, forms: [forms[1]!], effort })),
    ).rejects.toMatchObject({ message: expect.stringMatching(/0 of 8 control pictures/) });
  });

  test('are asked the pictures of all fixes, and neighbours of those that the parent has not', async () => {
    const first = headPatch(network.weights, 30);
    const second = headPatch(applyPatches(network.weights, [first]), 1);
    const form = { precision: 'fp32', storage: 'ort' } as const;
    const reportOf = async (fresh: readonly Patch[]) => {
      const ids = new Set(fresh.map(({ id }) => id));
      const patches = [first, second];
      const { forms } = await exportVersion(request({ patches, forms: [form], fresh: ids }));
      return forms[0]!.report;
    };
    const [one, both] = [await reportOf([second]), await reportOf([first, second])];
    expect(both.neighbours.before).toBe(2 * one.neighbours.before);
    expect(one.neighbours.before).toBeGreaterThan(0);
    expect(one.leastConfidence).toBe(both.leastConfidence);
  });

  test('have a delta where patches keep to one stage, with the graph of their parent', async () => {
    const form = { precision: 'fp32', storage: 'delta' } as const;
    const deltaOf = async (patches: Patch[]) => {
      const { artifact } = await exportVersion(request({ patches, forms: [form] }));
      return artifact.manifest.forms[0]!;
    };
    const first = headPatch(network.weights, 30);
    const [once, twice] = [
      await deltaOf([first]),
      await deltaOf([first, headPatch(applyPatches(network.weights, [first]), 1)]),
    ];
    expect(twice.graph.sha256).toBe(once.graph.sha256);
    expect(twice.weights!.sha256).not.toBe(once.weights!.sha256);
    expect(once.tensors.map(({ name }) => name)).toEqual(['fc.weight', 'fc.bias']);
  });

  test('leave out what does not pass, unless it was asked for', async () => {
    const none = { lostNeighbours: 0, changedAnswers: -1, damage: 0 };
    await expect(exportVersion(request({ gate: none, forms: undefined }))).rejects.toMatchObject({
      code: 'DAMAGE_EXCEEDED',
    });
    const wide: Patch = (() => {
      const patch = headPatch(network.weights, 30);
      const name = 'layer2.0.bn1.bias';
      const changed = new Map([...patch.changed, [name, network.weights.get(name)!] as const]);
      return { ...patch, changed, id: patchId(patch.base, changed, patch.constraints) };
    })();
    const { artifact, leftOut } = await exportVersion(
      request({ patches: [wide], gate: ANYTHING, forms: undefined }),
    );
    expect(kinds(artifact.manifest)).toEqual(['int8:ort', 'fp32:ort', 'fp32:onnx']);
    expect(leftOut.map(({ form }) => formName(form))).toEqual(['int8:delta', 'fp32:delta']);
    const forms = DEFAULT_FORMS;
    await expect(
      exportVersion(request({ patches: [wide], gate: ANYTHING, forms })),
    ).rejects.toMatchObject({ code: 'STAGE_UNAVAILABLE' });
  });
});

describe('a form that takes too much heap', () => {
  /** By which int8 takes a tenth of what the others do. */
  const heapMeter = {
    measure: async ({ precision }: { precision: string }) => {
      const alone = precision === 'int8' ? 20e6 : 200e6;
      return { alone, besideParent: alone };
    },
  } as unknown as HeapMeter;
  const limited = (changes: Partial<ExportRequest>) =>
    exportVersion(request({ gate: ANYTHING, heapMeter, ...changes }));

  test('is refused with those that would fit', async () => {
    const refusal = {
      code: 'HEAP_EXCEEDED',
      message: expect.stringMatching(/int8:delta, int8:ort would fit/),
    };
    await expect(limited({})).rejects.toMatchObject(refusal);
  });

  test('is left out where others do', async () => {
    const { artifact, leftOut } = await limited({ forms: undefined });
    expect(artifact.manifest.forms.map(({ precision }) => precision)).toEqual(['int8', 'int8']);
    expect(leftOut[0]!.reason).toMatch(/fp32:.* exceeds the isolate's 128 MB\.$/);
  });

  test('is refused where none does', async () => {
    const budget = { swap: 'beside', isolateBytes: 30e6 } as const;
    await expect(limited({ forms: undefined, budget })).rejects.toMatchObject({
      code: 'HEAP_EXCEEDED',
      message: expect.stringMatching(/^Loading int8:delta .*none of the usual forms would fit/),
    });
  });
});

describe('an export spares itself', () => {
  test('answers of the engine that are known', async () => {
    const label = (row: Float32Array) => row.indexOf(Math.max(...row));
    const classifier = new Classifier(engine, architecture);
    const logits = await classifier.logitsOfSet(network.weights, control.test, preprocessing);
    await classifier.dispose();
    const otherwise = Float32Array.from({ length: 3 }, (_, index) =>
      index === (label(logits.subarray(0, 3)) + 1) % 3 ? 9 : 0,
    );
    const first = pictureDigest(pictureAt(control.test, 0).pixels);
    const known = new Map([[first, otherwise]]);
    const { forms } = await exportVersion(request({ known, gate: ANYTHING }));
    expect(forms[0]!.report.changedAnswers).toBe(1);
  });

  test('scales of its own, unless those of the network before any patch do not do', async () => {
    const name = 'layer3.1.bn2.weight';
    const { shape, data } = network.weights.get(name)!;
    const louder = { shape, data: data.map((value) => 200 * value) };
    const changed = new Map([[name, louder]]);
    const made = handMadePatch(network.weights, [0, 0]);
    const base = weightsDigest(network.weights);
    const classifier = new Classifier(engine, architecture);
    const [picture] = made.constraints;
    const pixels = fitPicture(picture!.picture, preprocessing);
    const image = normalise(pixels, preprocessing);
    const weights = new Map([...network.weights, ...changed]);
    const row = await classifier.logits(weights, image, preprocessing);
    await classifier.dispose();
    const label = row.indexOf(Math.max(...row));
    const constraints = [{ ...picture!, label, labelName: control.test.labelNames[label]! }];
    const patch = { ...made, base, changed, constraints, id: patchId(base, changed, constraints) };
    const { artifact } = await exportVersion(
      request({
        patches: [patch],
        forms: [{ precision: 'int8', storage: 'onnx' }],
        gate: { ...ANYTHING, changedAnswers: 0.2 },
      }),
    );
    expect(artifact.manifest.forms[0]!.fidelity!.agreement).toBeGreaterThanOrEqual(0.8);
  });
});

describe('an export is refused', () => {
  test('when a fix does not hold', async () => {
    const patch = headPatch(network.weights, -30);
    await expect(exportVersion(request({ patches: [patch] }))).rejects.toMatchObject({
      code: 'FIX_LOST',
      message: expect.stringContaining(patch.id),
    });
  });

  test('when the control set has other labels', async () => {
    await expect(exportVersion(request({ network: untrained }))).rejects.toMatchObject({
      code: 'CONTROL_MISMATCH',
    });
  });

  test('when the graph does not do what the engine does', async () => {
    await expect(exportVersion(request({ engine: tampered(2e-4) }))).rejects.toMatchObject({
      code: 'GRAPH_DIFFERS',
      message: expect.stringMatching(/Nothing was exported/),
    });
    await expect(exportVersion(request({ engine: tampered(Number.NaN) }))).rejects.toMatchObject({
      code: 'GRAPH_DIFFERS',
    });
    await expect(exportVersion(request({ engine: tampered(1e-6) }))).resolves.toBeDefined();
  });

  test('when the weights are no numbers', async () => {
    const { shape, data } = network.weights.get('layer2.0.conv1.weight')!;
    const broken = { shape, data: data.map((value, i) => (i === 5 ? Number.NaN : value)) };
    const weights = new Map([...network.weights, ['layer2.0.conv1.weight', broken] as const]);
    await expect(
      exportVersion(request({ network: { ...network, weights } })),
    ).rejects.toMatchObject({ code: 'GRAPH_DIFFERS' });
  });

  test('when a patch was made for other weights', async () => {
    const first = headPatch(network.weights, 30);
    const second = headPatch(applyPatches(network.weights, [first]), 1);
    await expect(exportVersion(request({ patches: [second] }))).rejects.toMatchObject({
      code: 'BASE_MISMATCH',
    });
  });

  test('when the model has no proper name', async () => {
    await expect(exportVersion(request({ model: '../escape' }))).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
      message: expect.stringMatching(/model/),
    });
  });
});
