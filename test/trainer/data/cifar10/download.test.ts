import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { downloadCifar10, officialArchive } from '../../../../trainer/data/cifar10/download.ts';
import type { DownloadProgress } from '../../../../trainer/data/cifar10/download-file.ts';
import { type ArchiveServer, archiveServer } from './archive-server.ts';
import { patchFile, recordFiles, writeBlankFiles } from './blank-files.ts';

let origin: string;
let archive: Buffer;
let server: ArchiveServer;
let directory: string;

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');
const part = () => join(directory, 'cifar-10-binary.tar.gz.part');
const unpacked = () => join(directory, 'cifar-10-batches-bin');

/** Packs `names` of the original folder as the system's tar does. */
function pack(names: string[]): Buffer {
  return execFileSync('tar', ['--use-compress-program=gzip -1', '-cf', '-', ...names], {
    cwd: origin,
    maxBuffer: 64 * 1024 * 1024,
  });
}

beforeAll(async () => {
  origin = await mkdtemp(join(tmpdir(), 'patchwork-origin-'));
  const folder = join(origin, 'cifar-10-batches-bin');
  await writeBlankFiles(folder);
  for (const [index, name] of recordFiles.entries()) {
    await patchFile(join(folder, name), index * 3073, [index, 1, 2, 3]);
  }
  await writeFile(join(folder, 'readme.html'), 'hello');
  await writeFile(join(folder, 'batches.meta.txt'), 'a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n');
  archive = pack(['cifar-10-batches-bin']);
});

afterAll(() => rm(origin, { recursive: true }));

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'patchwork-download-'));
  server = await archiveServer();
  server.body = archive;
});

afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

function download(onProgress: (progress: DownloadProgress) => void = () => {}): Promise<string> {
  return downloadCifar10(directory, { url: server.url, md5: md5(archive), onProgress });
}

function expectOriginalFiles(): void {
  for (const name of [...recordFiles, 'batches.meta.txt']) {
    const original = readFileSync(join(origin, 'cifar-10-batches-bin', name));
    expect(readFileSync(join(unpacked(), name)).equals(original)).toBe(true);
  }
}

test('the official archive is the default', () => {
  expect(officialArchive).toEqual({
    url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    md5: 'c32a1d4ab5d03f1284b67883e8d87530',
  });
});

test('downloads once, unpacks, tidies up and tells how far it is', async () => {
  await writeFile(join(directory, 'note'), 'of mine');
  const progress: DownloadProgress[] = [];
  expect(await download((step) => progress.push(step))).toBe(unpacked());
  expectOriginalFiles();
  expect((await readdir(directory)).sort()).toEqual(['cifar-10-batches-bin', 'note']);
  expect(progress.every(({ total }) => total === archive.length)).toBe(true);
  expect(progress.at(-1)!.received).toBe(archive.length);
  const received = progress.map((step) => step.received);
  expect(received).toEqual([...received].sort((a, b) => a - b));
  await download();
  expect(server.requests).toHaveLength(1);
});

test('goes on where a download broke off', async () => {
  server.breakAfter = Math.floor(archive.length / 2);
  await expect(download()).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringMatching(new RegExp(`of ${archive.length} bytes.*run the command again`)),
  });
  const kept = readFileSync(part());
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.equals(archive.subarray(0, kept.length))).toBe(true);
  expect(existsSync(unpacked())).toBe(false);

  server.breakAfter = Number.POSITIVE_INFINITY;
  const progress: DownloadProgress[] = [];
  await download((step) => progress.push(step));
  expect(server.requests).toEqual([undefined, `bytes=${kept.length}-`]);
  expect(progress[0]).toEqual({ received: kept.length, total: archive.length });
  expectOriginalFiles();
});

test('starts afresh where the server cannot resume', async () => {
  server.ranges = false;
  server.breakAfter = 1000;
  await expect(download()).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  server.breakAfter = Number.POSITIVE_INFINITY;
  await download();
  expectOriginalFiles();
});

test('uses a part that is whole already, and drops one that is too long', async () => {
  await writeFile(part(), archive);
  await download();
  expectOriginalFiles();
  await rm(unpacked(), { recursive: true });
  await writeFile(part(), Buffer.concat([archive, archive]));
  await download();
  expectOriginalFiles();
});

test('throws a wrong file away, so that the next download is right', async () => {
  server.body = Buffer.from(archive);
  server.body[100]! ^= 1;
  await expect(download()).rejects.toMatchObject({
    code: 'DOWNLOAD_CORRUPT',
    message: expect.stringMatching(
      new RegExp(`${server.url}.*${md5(server.body)}.*${md5(archive)}`),
    ),
  });
  expect(await readdir(directory)).toEqual([]);
  server.body = archive;
  await download();
  expectOriginalFiles();
});

test('keeps incomplete files under another name', async () => {
  await writeBlankFiles(unpacked());
  await truncate(join(unpacked(), 'data_batch_2.bin'), 77);
  await download();
  expectOriginalFiles();
  const aside = `${unpacked()}.incomplete`;
  expect(readFileSync(join(aside, 'data_batch_2.bin'))).toHaveLength(77);
});

test('uses an archive that was brought by hand, and refuses a wrong one without touching it', async () => {
  const brought = join(directory, 'cifar-10-binary.tar.gz');
  await writeFile(brought, 'something else');
  await expect(download()).rejects.toMatchObject({
    code: 'DOWNLOAD_CORRUPT',
    message: expect.stringContaining(brought),
  });
  expect(readFileSync(brought, 'utf8')).toBe('something else');
  await writeFile(brought, archive);
  await download();
  expectOriginalFiles();
  expect(server.requests).toEqual([]);
});

test('refuses archives of something else, and leaves no half-written folder', async () => {
  const names = recordFiles.slice(1).map((name) => `cifar-10-batches-bin/${name}`);
  const header = Buffer.from(execFileSync('gzip', ['-dc'], { input: archive, maxBuffer: 2 ** 28 }));
  header[0]! ^= 1;
  for (const wrong of [
    pack(names),
    archive.subarray(0, archive.length - 5000),
    Buffer.from('plain text'),
    execFileSync('gzip', ['-1'], { input: header }),
    execFileSync('gzip', ['-1'], { input: Buffer.alloc(700, 'x') }),
  ]) {
    server.body = wrong;
    await expect(
      downloadCifar10(directory, { url: server.url, md5: md5(wrong) }),
    ).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    expect(await readdir(directory)).toEqual(['cifar-10-binary.tar.gz']);
    await rm(join(directory, 'cifar-10-binary.tar.gz'));
  }
});

test.each([404, 500])('says what the server answered: %i', async (status) => {
  server.status = status;
  await expect(download()).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringContaining(String(status)),
  });
});

test('says that the server cannot be reached, and keeps what had come', async () => {
  await writeFile(part(), archive.subarray(0, 5000));
  await server.close();
  await expect(download()).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringMatching(/ECONNREFUSED.*internet/),
  });
  expect(readFileSync(part())).toHaveLength(5000);
});

test('says that the folder cannot be written', async () => {
  const file = join(directory, 'file');
  await writeFile(file, '');
  await expect(
    downloadCifar10(join(file, 'below'), { url: server.url, md5: md5(archive) }),
  ).rejects.toMatchObject({ code: 'DATA_INACCESSIBLE', message: expect.stringContaining(file) });
});
