import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadCheckpoint, loadNetwork } from '../../../trainer/checkpoint/checkpoint.ts';
import { saveEmbeddedCheckpoint } from './embedded-checkpoint.ts';
import { expectRefusal, expectSuccess, patchwork, workingDirectory } from './run-command.ts';

/** One update of the smallest network on a tenth of the embedded pictures. */
const SMALL = ['train', '--engine', 'onnx', '--width', '2', '--epochs', '1', '--batch', '1000'];

let cwd = '';
beforeAll(async () => {
  cwd = await workingDirectory();
});

test('options reach the training, and what it learned the checkpoint', {
  timeout: 180_000,
}, async () => {
  const teacher = join(cwd, 'teacher.safetensors');
  await saveEmbeddedCheckpoint(teacher);
  const out = join(cwd, 'editable.safetensors');
  const printed = expectSuccess(
    await patchwork(
      [
        ...[...SMALL, '--out', out, '--start', teacher, '--distil', teacher],
        ...['--validation', '0.9', '--editable', '--editor', 'rmsprop', '--editor-steps', '2'],
        ...['--coefficient', 'rate=0.003', '--coefficient', 'decay=0.25', '--learn-coefficients'],
        ...['--edits', '2', '--edit-policy', 'mistakes', '--first-order', '--stages', 'head'],
        ...['--margin', '0.2', '--edit-weight', '2', '--locality-weight', '3', '--clip', '0.5'],
      ],
      cwd,
    ),
  );
  expect(printed).toMatch(/Best by validation: epoch 1, .*validationDrawdown.*editable\.best\./);
  const { training, editing, coefficients } = await loadCheckpoint(out);
  expect(training.step).toBe(1);
  expect(training.curve[0]).toMatchObject({ updates: 1, fallback: expect.any(Number) });
  expect(training.curve[0]!['editor.rate']).toBeCloseTo(0.003, 6);
  expect(training.curve[0]!['editor.decay']).toBeCloseTo(0.25, 6);
  expect(training.curve[0]).toHaveProperty('agreement');
  expect(editing).toMatchObject({ editor: 'rmsprop', steps: 2, margin: 0.2, stages: ['head'] });
  expect([...coefficients.keys()].sort()).toEqual(['editor.decay', 'editor.rate']);
  const best = await loadNetwork(join(cwd, 'editable.best.safetensors'));
  expect(best.training.epoch).toBe(1);
});

test('a smaller side is trained at, and a training at full size begins from it', {
  timeout: 180_000,
}, async () => {
  const small = join(cwd, 'small.safetensors');
  expectSuccess(await patchwork([...SMALL, '--side', '12', '--out', small], cwd));
  const { preprocessing } = (await loadNetwork(small)).dataSet;
  expect(preprocessing).toMatchObject({ height: 12, width: 12 });
  const full = join(cwd, 'full.safetensors');
  const resumed = await patchwork([...SMALL, '--out', small], cwd);
  expectRefusal(resumed, /DATA_CHANGED/);
  expectSuccess(await patchwork([...SMALL, '--start', small, '--out', full], cwd));
  const grown = (await loadNetwork(full)).dataSet.preprocessing;
  expect(grown).toEqual({ ...preprocessing, height: 32, width: 32 });
});

test('what regularises a training is a part of its plan', { timeout: 180_000 }, async () => {
  const out = join(cwd, 'regularised.safetensors');
  const regularised = [...SMALL, '--weight-decay', '0.1', '--cutout', '8', '--out', out];
  expectSuccess(await patchwork(regularised, cwd));
  expectSuccess(await patchwork(regularised, cwd));
  for (const other of [
    ['--weight-decay', '0.2'],
    ['--cutout', '4'],
  ]) {
    expectRefusal(await patchwork([...regularised, ...other], cwd), /OPTIONS_CHANGED/);
  }
});

describe('is refused', () => {
  test.each([
    [['--editable', '--coefficient', 'speed=1'], /COEFFICIENT_UNKNOWN.*speed/],
    [['--editable', '--coefficient', 'rate'], /rate=0\.001/],
    [['--distil', 'nowhere.safetensors'], /CHECKPOINT_MISSING.*nowhere/],
  ])('%j', async (options, what) => {
    const folder = await workingDirectory();
    expectRefusal(await patchwork([...SMALL, ...options], folder), what);
    expect(existsSync(join(folder, '.patchwork'))).toBe(false);
  });
});
