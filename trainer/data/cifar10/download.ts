import { createReadStream, existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DataError } from '../data-error.ts';
import { type DownloadProgress, downloadFile } from './download-file.ts';
import { checkCifar10Folder } from './folder.ts';
import { cifar10Layout } from './layout.ts';
import { tarFiles } from './tar.ts';

const { folder, trainFiles, testFile, labelNamesFile } = cifar10Layout;
const wanted = new Map(
  [...trainFiles, testFile, labelNamesFile].map((name) => [`${folder}/${name}`, name]),
);

/** The archive of the binary version, with the MD5 that its page states. */
export const officialArchive = {
  url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  md5: 'c32a1d4ab5d03f1284b67883e8d87530',
} as const;

/**
 * Downloads CIFAR-10 and unpacks it to `directory`/cifar-10-batches-bin, which appears whole or not at
 * all. Does nothing when it is there already; an incomplete one is kept under another name. A download
 * that broke off goes on where it stopped, and an archive that lies in `directory` is used.
 * @returns the folder of the files
 * @throws DataError DOWNLOAD_FAILED, DOWNLOAD_CORRUPT, ARCHIVE_INVALID or DATA_INACCESSIBLE
 */
export async function downloadCifar10(
  directory: string,
  {
    url = officialArchive.url,
    md5 = officialArchive.md5,
    onProgress = () => {},
  }: { url?: string; md5?: string; onProgress?: (progress: DownloadProgress) => void } = {},
): Promise<string> {
  const target = join(directory, folder);
  if (await isComplete(target)) return target;
  const archive = join(directory, 'cifar-10-binary.tar.gz');
  try {
    await mkdir(directory, { recursive: true });
    await downloadFile(url, archive, md5, onProgress);
    await unpack(archive, target);
    await rm(archive);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(
      'DATA_INACCESSIBLE',
      `CIFAR-10 cannot be put into ${directory}: ${(cause as Error).message}. Choose a folder that can be written to, with 400 MB free.`,
      { cause },
    );
  }
  return target;
}

async function isComplete(target: string): Promise<boolean> {
  try {
    await checkCifar10Folder(target);
    return true;
  } catch {
    return false;
  }
}

async function unpack(archive: string, target: string): Promise<void> {
  const aside = `${target}.part`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside);
  try {
    await pipeline(createReadStream(archive), createGunzip(), async (bytes) => {
      for await (const file of tarFiles(bytes)) {
        const name = wanted.get(file.name);
        if (name !== undefined) await writeFile(join(aside, name), file.bytes);
      }
    });
    await checkCifar10Folder(aside);
  } catch (cause) {
    await rm(aside, { recursive: true, force: true });
    if (!isFaultOfArchive(cause)) throw cause;
    throw new DataError(
      'ARCHIVE_INVALID',
      `${archive} does not hold the binary version of CIFAR-10: ${(cause as Error).message} Remove it, and download from ${officialArchive.url}.`,
      { cause },
    );
  }
  if (existsSync(target)) await rename(target, freeName(`${target}.incomplete`));
  await rename(aside, target);
}

function isFaultOfArchive(error: unknown): boolean {
  return error instanceof DataError || /^Z_/.test((error as NodeJS.ErrnoException).code ?? '');
}

function freeName(path: string): string {
  let name = path;
  for (let number = 2; existsSync(name); number++) name = `${path}-${number}`;
  return name;
}
