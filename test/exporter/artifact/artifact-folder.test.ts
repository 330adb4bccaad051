import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Artifact } from '../../../exporter/artifact/artifact.ts';
import { readArtifact, writeArtifact } from '../../../exporter/artifact/artifact-folder.ts';
import { buildArtifact } from '../../../exporter/artifact/build-artifact.ts';
import { versionWithCard } from '../signed.ts';
import { smallContent } from '../small-classifier.ts';

let parent: string;
let folder: string;
let artifact: Artifact;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'patchwork-artifact-'));
  folder = join(parent, 'v1');
  artifact = await versionWithCard(1, { key: null });
});

afterEach(() => rm(parent, { recursive: true, force: true }));

const files = () => [
  join(folder, 'manifest.json'),
  join(folder, 'manifest.json.sha256'),
  join(folder, 'card.json'),
  join(folder, 'card.json.sha256'),
  ...[...artifact.parts.keys()].map((digest) => join(folder, 'parts', digest)),
];

describe('writing', () => {
  test('and reading give the same artifact', async () => {
    await writeArtifact(folder, artifact);
    const read = await readArtifact(folder);
    expect(read.manifest).toEqual(artifact.manifest);
    expect(read.manifestSha256).toBe(artifact.manifestSha256);
    expect(read.card!.card).toEqual(artifact.card!.card);
    expect([...read.parts].map(([key, bytes]) => [key, [...bytes]])).toEqual(
      [...artifact.parts].map(([key, bytes]) => [key, [...bytes]]),
    );
    expect(await readdir(parent)).toEqual(['v1']);
  });

  test('the same again changes nothing', async () => {
    await writeArtifact(folder, artifact);
    const before = await stat(join(folder, 'manifest.json'));
    await writeArtifact(folder, artifact);
    await writeArtifact(folder, await versionWithCard(1, { key: null }, 99));
    expect((await stat(join(folder, 'manifest.json'))).ino).toBe(before.ino);
    expect((await readArtifact(folder)).card!.card).toEqual(artifact.card!.card);
  });

  test('without a card leaves none', async () => {
    await writeArtifact(folder, { ...artifact, card: null });
    expect((await readArtifact(folder)).card).toBeNull();
    expect((await readdir(folder)).sort()).toEqual([
      'manifest.json',
      'manifest.json.sha256',
      'parts',
    ]);
  });

  test('replaces an empty folder', async () => {
    await mkdir(folder);
    await writeArtifact(folder, artifact);
    expect((await readArtifact(folder)).manifestSha256).toBe(artifact.manifestSha256);
  });

  test('never replaces another artifact', async () => {
    await writeArtifact(folder, artifact);
    const other = await buildArtifact(smallContent(2));
    await expect(writeArtifact(folder, other)).rejects.toMatchObject({
      name: 'ArtifactError',
      code: 'FOLDER_TAKEN',
      message: expect.stringContaining('version 1 of resnet18'),
    });
    expect((await readArtifact(folder)).manifestSha256).toBe(artifact.manifestSha256);
    expect(await readdir(parent)).toEqual(['v1']);
  });

  test('never replaces what is no artifact', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'thesis.txt'), 'mine');
    await expect(writeArtifact(folder, artifact)).rejects.toMatchObject({ code: 'FOLDER_TAKEN' });
    expect(await readdir(folder)).toEqual(['thesis.txt']);
    const file = join(parent, 'file');
    await writeFile(file, 'mine');
    await expect(writeArtifact(file, artifact)).rejects.toMatchObject({ code: 'FOLDER_TAKEN' });
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  test('at once from two sides ends with the artifact', async () => {
    await Promise.all([writeArtifact(folder, artifact), writeArtifact(folder, artifact)]);
    expect((await readArtifact(folder)).manifestSha256).toBe(artifact.manifestSha256);
    expect(await readdir(parent)).toEqual(['v1']);
  });
});

describe('reading', () => {
  test('nothing is a readable error', async () => {
    await expect(readArtifact(folder)).rejects.toMatchObject({
      code: 'ARTIFACT_MISSING',
      message: expect.stringContaining(folder),
    });
  });

  test('refuses any changed byte of any file, naming the file', async () => {
    await writeArtifact(folder, artifact);
    for (const file of files()) {
      const intact = await readFile(file);
      await fc.assert(
        fc.asyncProperty(
          fc.nat(intact.length - 1),
          fc.integer({ min: 1, max: 255 }),
          async (position, change) => {
            const damaged = Buffer.from(intact);
            damaged[position]! ^= change;
            await writeFile(file, damaged);
            await expect(readArtifact(folder)).rejects.toMatchObject({
              code: 'ARTIFACT_DAMAGED',
              message: expect.stringContaining(file.replace('.sha256', '')),
            });
          },
        ),
        { numRuns: 25 },
      );
      await writeFile(file, intact);
    }
    await readArtifact(folder);
  });

  test('refuses any shortened or missing file', async () => {
    await writeArtifact(folder, artifact);
    for (const file of files()) {
      const intact = await readFile(file);
      await truncate(file, intact.length - 1);
      await expect(readArtifact(folder)).rejects.toMatchObject({ code: 'ARTIFACT_DAMAGED' });
      await rm(file);
      await expect(readArtifact(folder)).rejects.toMatchObject({
        code: file.endsWith('manifest.json') ? 'ARTIFACT_MISSING' : 'ARTIFACT_DAMAGED',
      });
      await writeFile(file, intact);
    }
  });

  test('refuses a manifest of another schema', async () => {
    await writeArtifact(folder, artifact);
    const bytes = JSON.stringify({ ...artifact.manifest, schema: 'patchwork/manifest@99' });
    await writeFile(join(folder, 'manifest.json'), bytes);
    const digest = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(folder, 'manifest.json.sha256'), `${digest}  manifest.json\n`);
    await expect(readArtifact(folder)).rejects.toMatchObject({
      code: 'ARTIFACT_DAMAGED',
      message: expect.stringContaining('schema'),
    });
  });
});
