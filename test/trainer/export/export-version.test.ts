import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { goldenPixels } from '../../../exporter/contract/golden.ts';
import { normalise } from '../../../exporter/contract/picture/preprocess.ts';
import type { Engine, ValueMap } from '../../../trainer/engine/engine.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { Classifier } from '../../../trainer/evaluation/classifier.ts';
import { type ExportRequest, exportVersion } from '../../../trainer/export/export-version.ts';
import { type Weights, weightsDigest } from '../../../trainer/network/weights.ts';
import { applyPatches, type Patch, patchId } from '../../../trainer/patch/patch.ts';
import { handMadePatch } from '../patch/hand-made-patch.ts';
import { randomNetwork } from './random-network.ts';

const architecture = { name: 'resnet18', stem: 'cifar', width: 4, classes: 3 } as const;
const network = randomNetwork(architecture, 12);
const { preprocessing } = network.dataSet;
const engine = createOnnxEngine();

const request = (changes: Partial<ExportRequest> = {}): ExportRequest => ({
  engine,
  network,
  patches: [],
  model: 'resnet18',
  version: 1,
  parent: null,
  ...changes,
});

/** A patch of `weights` that moves the biases of the head. */
function headPatch(weights: Weights, move: number): Patch {
  const { shape, data } = weights.get('fc.bias')!;
  const changed = new Map([['fc.bias', { shape, data: data.map((value, i) => value + move * i) }]]);
  const base = weightsDigest(weights);
  return { ...handMadePatch(weights, [0, 0]), base, changed, id: patchId(base, changed) };
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
    const [first, second] = [await exportVersion(request()), await exportVersion(request())];
    expect(second.artifact).toEqual(first.artifact);
    const other = await exportVersion(request({ version: 2 }));
    expect(other.artifact.manifest.forms[0]!.graph.sha256).toBe(
      first.artifact.manifest.forms[0]!.graph.sha256,
    );
    expect(other.artifact.manifestSha256).not.toBe(first.artifact.manifestSha256);
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
    const [[digest, bytes]] = [...parts] as [[string, Uint8Array]];
    expect(digest).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(manifest.forms[0]!.graph).toMatchObject({ sha256: digest, bytes: bytes.length });
  });

  test('has golden vectors that the engine agrees with, the patched pictures among them', async () => {
    const first = headPatch(network.weights, 0.1);
    const second = headPatch(applyPatches(network.weights, [first]), 0.2);
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
    for (const [row, picture] of golden.entries()) {
      const image = normalise(goldenPixels(picture), preprocessing);
      const logits = await classifier.logits(weights, image, preprocessing);
      forms[0]!.golden.logits[row]!.forEach((logit, index) => {
        expect(Math.abs(logit - logits[index]!)).toBeLessThan(1e-3);
      });
    }
    await classifier.dispose();
  });
});

describe('an export is refused', () => {
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
    const first = headPatch(network.weights, 0.1);
    const second = headPatch(applyPatches(network.weights, [first]), 0.2);
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
