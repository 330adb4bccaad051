import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goldenPixels } from '../../exporter/contract/golden.ts';
import { parseManifest } from '../../exporter/contract/manifest.ts';
import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';
import { REGISTRY_DEFAULTS } from '../../exporter/registry/defaults.ts';
import { loadNetwork, type TrainedNetwork } from '../../trainer/checkpoint/checkpoint.ts';
import { generateEmbedded } from '../../trainer/data/embedded/embedded.ts';
import { writePng } from '../../trainer/data/picture-file.ts';
import { pictureAt } from '../../trainer/data/picture-set.ts';
import { EdgeProcess } from '../../trainer/demo/edge-process.ts';
import { freePort } from '../../trainer/demo/port.ts';
import { applyPatches } from '../../trainer/patch/patch.ts';
import { loadPatch } from '../../trainer/patch/patch-file.ts';
import { expectRefusal, expectSuccess, patchworkProcess } from '../trainer/cli/run-command.ts';
import { patchFile } from '../trainer/data/cifar10/blank-files.ts';
import { softmaxOfEngine } from './softmax-of-engine.ts';

const TOLERANCE = 1e-3;
const CHECKPOINT = '.patchwork/checkpoints/model.safetensors';
const ENGINE = ['--engine', 'onnx'];
/** What the edge serves: int8 of so small a network may be further from the engine than the tolerance. */
const PRECISION = 'fp32';
const TRAIN = ['train', '--width', '2', '--epochs', '1', '--batch', '512', ...ENGINE];

let cwd = '';
let edge: EdgeProcess | undefined;
let trained: TrainedNetwork;
let patched: TrainedNetwork;
let wanted = '';
let patchPath = '';

const run = (...args: string[]) => patchworkProcess(args, cwd);

/** A smooth picture of another size than the network takes, which must be resized alike on both sides. */
function landscape(): RgbPicture {
  const [height, width] = [61, 90];
  const pixels = Uint8Array.from({ length: height * width * 3 }, (_, index) => {
    const [row, column] = [Math.floor(index / (3 * width)), Math.floor(index / 3) % width];
    return 127 + 120 * Math.sin(row / 9 + (index % 3)) * Math.cos(column / 13);
  });
  return { height, width, pixels };
}

const { test: shapes } = generateEmbedded({ trainCount: 10, testCount: 20 });
const pictures = [...[0, 1, 2, 3, 4, 5].map((index) => pictureAt(shapes, index)), landscape()];

interface Answer {
  readonly version: number;
  readonly predictions: readonly { readonly label: string; readonly probability: number }[];
}

/** What `/classify` says of a picture file, all labels. */
async function classify(name: number | string): Promise<Answer> {
  const response = await fetch(`${edge!.address}/classify?top_k=10`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: await readFile(join(cwd, `picture-${name}.png`)),
  });
  const answer = await response.json();
  expect(response.ok, JSON.stringify(answer)).toBe(true);
  return answer as Answer;
}

/** That the edge gives the engine's probabilities for every picture, by `version`. */
async function expectServed(version: number, network: TrainedNetwork): Promise<void> {
  await expect.poll(async () => (await classify(0)).version, { timeout: 30_000 }).toBe(version);
  const expected = await softmaxOfEngine(network, pictures);
  for (const [index, row] of expected.entries()) {
    const answer = await classify(index);
    expect(answer.version).toBe(version);
    expect(answer.predictions).toHaveLength(10);
    for (const { label, probability } of answer.predictions) {
      expect(Math.abs(probability - row[label]!), `${index} ${label}`).toBeLessThan(TOLERANCE);
    }
  }
}

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'patchwork-e2e-'));
  for (const [index, picture] of pictures.entries()) {
    await writePng(join(cwd, `picture-${index}.png`), picture);
  }
});
afterAll(async () => {
  await edge?.stop();
  await rm(cwd, { recursive: true, force: true });
});

describe('from training to rollback, by single commands', { timeout: 240_000 }, () => {
  test('train', async () => {
    const { code, stdout } = await run(...TRAIN);
    expect([code, stdout]).toEqual([0, `Trained 1 epochs; checkpoint ${CHECKPOINT}.\n`]);
    trained = await loadNetwork(join(cwd, CHECKPOINT));
    expect(trained).toMatchObject({
      architecture: { stem: 'cifar', width: 2, classes: 10 },
      training: { epoch: 1, step: 19 },
      dataSet: { name: 'embedded' },
    });
  });

  test('patch, and evaluate the patched network', async () => {
    const [row] = await softmaxOfEngine(trained, pictures);
    const ranked = Object.entries(row!).sort(([, a], [, b]) => b - a);
    const answer = ranked[0]![0];
    wanted = ranked[1]![0];
    const request = ['patch', '--image', 'picture-0.png', '--steps', '100', ...ENGINE];
    expectRefusal(await run(...request, '--label', answer), /EDIT_NEEDLESS/);
    const { code, stdout } = await run(...request, '--label', wanted);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Answer: ${answer} -> ${wanted} in \\d+ steps`, 'm'));
    expect(stdout).toMatch(/^Damage on 2000 control pictures/m);
    patchPath = /^Patch [0-9a-f]{12} written to (.*)\.$/m.exec(stdout)![1]!;
    const patch = await loadPatch(join(cwd, patchPath));
    patched = { ...trained, weights: applyPatches(trained.weights, [patch]) };

    const evaluated = await run('evaluate', '--json', '--patch', patchPath, ...ENGINE);
    const { plan, base } = JSON.parse(evaluated.stdout);
    expect(plan.data).toMatchObject({ name: 'embedded', pictures: 2000 });
    expect(base.pictures).toBe(2000);
    expect(base.error).toBeCloseTo(patch.report.errorAfter, 12);
    expect(base.accuracy).toBeCloseTo(1 - base.error, 12);
  });

  test('export, publish: the edge answers as the engine does', async () => {
    expect(expectSuccess(await run('export', ...ENGINE))).toMatch(/^Version 1 of resnet18/);
    const exported = expectSuccess(await run('export', '--patch', patchPath, ...ENGINE));
    expect(exported).toMatch(/^Version 2 of resnet18/);
    expect(await readdir(join(cwd, '.patchwork/artifacts/resnet18'))).toEqual(['1', '2']);
    const published = expectSuccess(await run('publish', '.patchwork/artifacts/resnet18/1'));
    expect(published).toMatch(/serves version 1 of resnet18, before nothing/);
    edge = await EdgeProcess.start(await freePort(0), join(cwd, REGISTRY_DEFAULTS.folder), {
      ADMIN_TOKEN: 'token',
      PRECISIONS: PRECISION,
    });
    await expectServed(1, trained);
  });

  test('golden vectors of the artifact are the answers of all three runtimes', async () => {
    const folder = join(cwd, '.patchwork/artifacts/resnet18/1');
    const { golden, forms, labels, preprocessing } = parseManifest(
      await readFile(join(folder, 'manifest.json')),
    );
    const { height, width } = preprocessing;
    const served = forms.find(({ precision }) => precision === PRECISION)!;
    const vectors = golden.map((golden, row) => ({
      name: golden.name,
      logits: served.golden.logits[row]!,
      picture: { height, width, pixels: goldenPixels(golden) },
    }));
    const engine = await softmaxOfEngine(
      trained,
      vectors.map(({ picture }) => picture),
    );
    for (const [index, { name, logits, picture }] of vectors.entries()) {
      const powers = logits.map(Math.exp);
      const sum = powers.reduce((total, power) => total + power);
      await writePng(join(cwd, 'picture-golden.png'), picture);
      const { predictions } = await classify('golden');
      for (const { label, probability } of predictions) {
        const node = powers[labels.indexOf(label)]! / sum;
        expect(Math.abs(probability - node), name).toBeLessThan(TOLERANCE);
        expect(Math.abs(engine[index]![label]! - node), name).toBeLessThan(TOLERANCE);
      }
    }
  });

  test('publish the patch: the edge swaps to it, and gives the picture its label', async () => {
    const published = expectSuccess(await run('publish', '.patchwork/artifacts/resnet18/2'));
    expect(published).toMatch(/serves version 2 of resnet18, before version 1/);
    await expectServed(2, patched);
    expect((await classify(0)).predictions[0]!.label).toBe(wanted);
    const versions = expectSuccess(await run('list'));
    expect(versions).toMatch(/^1: trained/m);
    const card = expectSuccess(await run('show', '2', '--card'));
    expect(card).toMatch(/^# resnet18, version 2$/m);
    expect(card).toContain(`| ${wanted} |`);
    expect(expectSuccess(await run('verify'))).toMatch(
      /^Checked 2 versions, 1 channels, \d+ parts/,
    );
    expect(versions).toMatch(
      new RegExp(`^2, served by live: patch [0-9a-f]{12} of version 1 to "${wanted}"`, 'm'),
    );
  });

  test('a damaged artifact is not published, and the edge goes on', async () => {
    const artifacts = join(cwd, '.patchwork/artifacts/resnet18');
    const folder = join(artifacts, '3');
    await cp(join(artifacts, '2'), folder, { recursive: true });
    const [part] = await readdir(join(folder, 'parts'));
    await patchFile(join(folder, 'parts', part!), 1000, [1, 2, 3]);
    expectRefusal(await run('publish', folder), /ARTIFACT_DAMAGED/);
    expect((await classify(0)).version).toBe(2);
  });

  test('rollback: the edge answers by version 1 again', async () => {
    const rolled = expectSuccess(await run('rollback'));
    expect(rolled).toMatch(/serves version 1 of resnet18 again, after version 2/);
    await expectServed(1, trained);
    expect((await classify(0)).predictions[0]!.label).not.toBe(wanted);
    expectRefusal(await run('rollback'), /NOTHING_TO_ROLL_BACK/);
    expect(expectSuccess(await run('list'))).toMatch(/^1, served by live: trained/m);
  });
});
