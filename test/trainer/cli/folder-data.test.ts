import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readArtifact } from '../../../exporter/artifact/artifact-folder.ts';
import { loadNetwork } from '../../../trainer/checkpoint/checkpoint.ts';
import { encodeSafetensors } from '../../../trainer/checkpoint/safetensors.ts';
import { loadControlActivations } from '../../../trainer/control/activations-file.ts';
import { loadFolderData } from '../../../trainer/data/folder/folder-data.ts';
import { writePng } from '../../../trainer/data/picture-file.ts';
import type { Architecture } from '../../../trainer/network/architecture.ts';
import { loadPatch } from '../../../trainer/patch/patch-file.ts';
import { randomPicture } from '../evaluation/random-picture.ts';
import { randomWeights } from '../export/random-network.ts';
import { stateDict } from '../import/foreign-network.ts';
import { expectRefusal, expectSuccess, patchwork, workingDirectory } from './run-command.ts';

const CLASSES = ['cat', 'dog', 'ship'];
const ENGINE = ['--engine', 'onnx'];
const COMPUTING = /^Computing on onnx/;

async function workplace(stem: Architecture['stem'] = 'cifar'): Promise<string> {
  const cwd = await workingDirectory();
  const weights = randomWeights({ name: 'resnet18', stem, width: 2, classes: 3 }, 3);
  const bytes = encodeSafetensors(stateDict(weights), { format: 'pt' });
  await writeFile(join(cwd, 'network.safetensors'), bytes);
  for (const [label, name] of CLASSES.entries()) {
    await mkdir(join(cwd, 'photos', name), { recursive: true });
    for (let index = 0; index < 10; index++) {
      const picture = randomPicture(20, 16, 100 * label + index);
      await writePng(join(cwd, 'photos', name, `${index}.png`), picture);
    }
  }
  await writeFile(join(cwd, 'labels.txt'), `${CLASSES.join('\n')}\n`);
  await writePng(join(cwd, 'photo.png'), randomPicture(30, 20, 999));
  return cwd;
}

const take = (cwd: string, ...options: string[]) => {
  const input = ['--size', '16', '--mean', '0.5,0.5,0.5', '--std', '0.25,0.25,0.25'];
  const args = [
    'import',
    'network.safetensors',
    ...input,
    ...ENGINE,
    '--out',
    'imported.safetensors',
  ];
  return patchwork([...args, ...options], cwd);
};

test('an imported network is patched, fixed and exported by a folder of pictures', {
  timeout: 600_000,
}, async () => {
  const cwd = await workplace();
  const photos = ['--data', 'folder:photos'];
  expectSuccess(await take(cwd, ...photos));
  const checkpoint = ['--checkpoint', 'imported.safetensors'];
  const { dataSet } = await loadNetwork(join(cwd, 'imported.safetensors'));
  const data = await loadFolderData(join(cwd, 'photos'), dataSet);
  expect(dataSet).toMatchObject({ labelNames: CLASSES, fingerprint: data.fingerprint() });
  expect((await readFile(join(cwd, 'imported.safetensors'))).includes('photos')).toBe(false);

  const edits: string[] = [];
  for (const label of CLASSES) {
    const edit = ['--image', 'photo.png', '--label', label, ...checkpoint];
    const made = await patchwork(
      [
        'patch',
        ...edit,
        ...ENGINE,
        ...photos,
        '--steps',
        '200',
        '--rehearsal',
        '1',
        '--rehearsal-batch',
        '4',
        '--out',
        'fix.safetensors',
      ],
      cwd,
    );
    if (/EDIT_NEEDLESS/.test(made.stderr)) continue;
    expectSuccess({ ...made, stderr: made.code === 0 ? '' : made.stderr });
    edits.push(...edit);
    break;
  }
  const patch = await loadPatch(join(cwd, 'fix.safetensors'));
  const control = { name: 'folder-test', fingerprint: data.fingerprint(), pictures: 6 };
  expect(patch.report.control).toEqual(control);

  expectRefusal(
    await patchwork(['patch', ...edits, ...ENGINE], cwd),
    /DATA_SET_UNKNOWN.*folder:PATH/,
  );
  const exported = ['export', ...checkpoint, '--form', 'fp32:onnx', ...ENGINE];
  const written = await patchwork([...exported, ...photos], cwd);
  expectSuccess(written);
  expect(written.stderr).toMatch(COMPUTING);

  const packaged = ['package', ...checkpoint, ...ENGINE, '--out', 'package'];
  expectRefusal(await patchwork(packaged, cwd), /DATA_SET_UNKNOWN.*folder:PATH/);
  expectSuccess(await patchwork([...packaged, ...photos], cwd));
  const stored = await loadControlActivations(join(cwd, 'package', 'control.safetensors.gz'));
  expect(stored).toMatchObject({ name: 'folder', fingerprint: data.fingerprint() });

  const fixed = await patchwork(['fix', ...edits, ...ENGINE, ...photos, '--force'], cwd);
  expect(fixed.stdout, fixed.stderr).toContain('is in the log.');
  const broken = ['bisect', '--image', 'photo.png', ...checkpoint, ...ENGINE];
  const bisected = await patchwork(broken, cwd);
  expect(expectSuccess(bisected)).toContain('number 1 of 1');
  expect(bisected.stderr).toMatch(COMPUTING);
});

test('labels come from a file where there is one, and a data set of known labels takes none', async () => {
  const cwd = await workplace();
  await writeFile(join(cwd, 'labels.txt'), 'ship\ndog\ncat\n');
  const labels = ['--labels', 'labels.txt'];
  expectRefusal(await take(cwd, ...labels, '--data', 'embedded'), /LABELS_INVALID.*embedded/);
  expectRefusal(await take(cwd, '--data', 'photos'), /folder:PATH/);
  expectSuccess(await take(cwd, ...labels, '--data', 'folder:photos'));
  const { dataSet } = await loadNetwork(join(cwd, 'imported.safetensors'));
  expect(dataSet).toMatchObject({ name: 'folder', labelNames: ['ship', 'dog', 'cat'] });
});

test('an imported network gets a block to edit, learns from itself, is edited there and exported', {
  timeout: 600_000,
}, async () => {
  const cwd = await workplace('imagenet');
  const photos = ['--data', 'folder:photos', ...ENGINE];
  expectSuccess(await take(cwd, '--data', 'folder:photos', '--size', '40'));
  const imported = 'imported.safetensors';
  const training = ['--width', '2', '--epochs', '1', '--batch', '8', '--learning-rate', '1e-4'];
  const network = ['--stem', 'imagenet', '--extra-block', '--start', imported];
  const editable = ['--distil', imported, '--editable', '--stages', 'extra'];
  const out = ['--out', 'editable.safetensors'];
  const trained = await patchwork(
    ['train', ...photos, ...training, ...network, ...editable, ...out],
    cwd,
  );
  expect(trained.code, trained.stderr).toBe(0);
  const { architecture, dataSet, editing } = await loadNetwork(join(cwd, 'editable.safetensors'));
  expect(architecture).toMatchObject({ stem: 'imagenet', classes: 3, extraBlock: true });
  expect(dataSet).toMatchObject({ labelNames: CLASSES, preprocessing: { height: 40, width: 40 } });
  expect(editing!.stages).toEqual(['extra']);

  const checkpoint = ['--checkpoint', 'editable.safetensors'];
  const evaluated = await patchwork(['evaluate', ...photos, ...checkpoint], cwd);
  expect(evaluated.stdout, evaluated.stderr).toContain('on 6 test pictures');

  const edit = ['--image', 'photo.png', '--editor', 'adam', '--rate', '0.03', '--steps', '200'];
  const answer = await patchwork(
    ['patch', ...photos, ...checkpoint, ...edit, '--label', 'cat'],
    cwd,
  );
  const label = /EDIT_NEEDLESS/.test(answer.stderr) ? 'dog' : 'cat';
  const fix = ['--label', label, '--out', 'fix.safetensors'];
  const made = await patchwork(['patch', ...photos, ...checkpoint, ...edit, ...fix], cwd);
  expect(made.code, made.stderr).toBe(0);
  const patch = await loadPatch(join(cwd, 'fix.safetensors'));
  expect([...patch.changed.keys()].every((name) => name.startsWith('extra.'))).toBe(true);

  const forms = ['--form', 'fp32:delta', '--patch', 'fix.safetensors', '--out', 'artifact'];
  expectSuccess(await patchwork(['export', ...photos, ...checkpoint, ...forms], cwd));
  const { manifest } = await readArtifact(join(cwd, 'artifact'));
  expect(manifest.architecture).toEqual({
    name: 'resnet18',
    stem: 'imagenet',
    width: 2,
    extraBlock: true,
  });
});
