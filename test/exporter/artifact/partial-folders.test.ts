import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeArtifact } from '../../../exporter/artifact/artifact-folder.ts';
import { buildArtifact } from '../../../exporter/artifact/build-artifact.ts';
import { findPartialFolders, removeFolders } from '../../../exporter/artifact/partial-folders.ts';
import { smallContent } from '../small-classifier.ts';

test('what exports that were killed left is found once it is old, and nothing else', async () => {
  const root = await mkdtemp(join(tmpdir(), 'patchwork-partial-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const models = join(root, 'resnet18');
  await writeArtifact(join(models, '1'), await buildArtifact(smallContent(1)));
  const [left, young] = [join(models, '.2.partial-aB3xY9'), join(models, '.3.partial-aB3xY8')];
  for (const folder of [left, young, join(models, '.hidden'), join(models, 'x.partial-aB3xY9')]) {
    await mkdir(folder);
    await writeFile(join(folder, 'manifest.json'), '{}');
  }
  await utimes(left, new Date(1e12), new Date(1e12));
  const before = new Date(Date.now() - 60_000);
  const found = await findPartialFolders(root, before);
  expect(found).toEqual([left]);
  await removeFolders(found);
  expect((await readdir(models)).sort()).toEqual(
    ['.3.partial-aB3xY8', '.hidden', '1', 'x.partial-aB3xY9'].sort(),
  );
  expect(await findPartialFolders(join(root, 'nowhere'), before)).toEqual([]);
});
