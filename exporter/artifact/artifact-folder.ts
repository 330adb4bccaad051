import { mkdir, mkdtemp, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { sha256 } from '../contract/digest.ts';
import { type Manifest, parseManifest } from '../contract/manifest.ts';
import { type Artifact, partRecords } from './artifact.ts';
import { ArtifactError } from './artifact-error.ts';

const MANIFEST = 'manifest.json';
const PARTS = 'parts';
/** Also read by `sha256sum --check`. */
const CHECKSUM = 'manifest.json.sha256';

/**
 * Writes an artifact as a folder: `manifest.json`, its checksum, and `parts/<sha256>`. The folder
 * appears whole or not at all. Writing the same artifact again changes nothing.
 * @throws ArtifactError FOLDER_TAKEN when something else is there, FOLDER_UNWRITABLE
 */
export async function writeArtifact(folder: string, artifact: Artifact): Promise<void> {
  const target = resolve(folder);
  if (await holds(target, artifact)) return;
  try {
    await mkdir(dirname(target), { recursive: true });
    const aside = await mkdtemp(join(dirname(target), `.${basename(target)}.partial-`));
    try {
      const whole = join(aside, basename(target));
      await writeFiles(whole, artifact);
      await takePlace(whole, target);
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
  } catch (error) {
    if (await holds(target, artifact)) return;
    throw await asArtifactError(error, folder);
  }
}

/**
 * Reads an artifact from a folder and checks every size and digest.
 * @throws ArtifactError naming the file: ARTIFACT_MISSING, ARTIFACT_DAMAGED
 */
export async function readArtifact(folder: string): Promise<Artifact> {
  const path = join(folder, MANIFEST);
  const manifestBytes = await readFile(path).catch((cause: Error) => {
    throw new ArtifactError(
      'ARTIFACT_MISSING',
      `${folder} holds no artifact: ${path} cannot be read (${cause.message}). Export one there first.`,
      { cause },
    );
  });
  const manifestSha256 = await sha256(manifestBytes);
  const checksum = await readFile(join(folder, CHECKSUM), 'utf8').catch(() => '');
  if (checksum !== checksumLine(manifestSha256)) {
    throw damaged(path, `its SHA-256 is not the one in ${CHECKSUM}`);
  }
  const manifest = readManifest(path, manifestBytes);
  const parts = new Map<string, Uint8Array>();
  for (const record of partRecords(manifest)) {
    const file = join(folder, PARTS, record.sha256);
    const bytes = await readFile(file).catch((cause: Error) => {
      throw damaged(file, `it cannot be read (${cause.message})`);
    });
    if (bytes.length !== record.bytes) {
      throw damaged(file, `it has ${bytes.length} bytes where ${record.bytes} are promised`);
    }
    if ((await sha256(bytes)) !== record.sha256) throw damaged(file, 'its SHA-256 is another');
    parts.set(record.sha256, bytes);
  }
  return { manifest, manifestBytes, manifestSha256, parts };
}

function readManifest(path: string, bytes: Uint8Array): Manifest {
  try {
    return parseManifest(bytes);
  } catch (cause) {
    throw new ArtifactError('ARTIFACT_DAMAGED', `${path}: ${(cause as Error).message}`, { cause });
  }
}

async function holds(folder: string, artifact: Artifact): Promise<boolean> {
  const found = await readArtifact(folder).catch(() => null);
  return found?.manifestSha256 === artifact.manifestSha256;
}

async function writeFiles(folder: string, artifact: Artifact): Promise<void> {
  await mkdir(join(folder, PARTS), { recursive: true });
  for (const [digest, bytes] of artifact.parts) await writeFile(join(folder, PARTS, digest), bytes);
  await writeFile(join(folder, CHECKSUM), checksumLine(artifact.manifestSha256));
  await writeFile(join(folder, MANIFEST), artifact.manifestBytes);
}

/** An empty folder may be replaced; anything else is somebody's. */
async function takePlace(aside: string, target: string): Promise<void> {
  await rmdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return;
    throw error;
  });
  await rename(aside, target);
}

function checksumLine(digest: string): string {
  return `${digest}  ${MANIFEST}\n`;
}

function damaged(file: string, why: string): ArtifactError {
  return new ArtifactError(
    'ARTIFACT_DAMAGED',
    `${file} is damaged: ${why}. Remove the folder and export again.`,
  );
}

async function asArtifactError(error: unknown, folder: string): Promise<ArtifactError> {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') {
    return new ArtifactError(
      'FOLDER_TAKEN',
      `${folder} already holds ${await describe(folder)}; choose another folder or remove it. Nothing was written.`,
      { cause: error },
    );
  }
  return new ArtifactError(
    'FOLDER_UNWRITABLE',
    `The artifact cannot be written to ${folder}: ${message}.`,
    { cause: error },
  );
}

async function describe(folder: string): Promise<string> {
  const found = await readArtifact(folder).catch(() => null);
  if (!found) return 'something else';
  return `another artifact, version ${found.manifest.version} of ${found.manifest.model}`;
}
