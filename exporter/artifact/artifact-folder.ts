import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseCard } from '../contract/card.ts';
import { cardMarkdown } from '../contract/card-markdown.ts';
import { sha256 } from '../contract/digest.ts';
import { parseManifest } from '../contract/manifest.ts';
import { type Artifact, partRecords, type StoredCard } from './artifact.ts';
import { ArtifactError } from './artifact-error.ts';
import { partialPrefix } from './partial-folders.ts';

const MANIFEST = 'manifest.json';
const PARTS = 'parts';
const CARD = 'card.json';
const CARD_FOR_PEOPLE = 'card.md';

/**
 * Writes an artifact as a folder: `manifest.json`, `card.json` where it has one, their checksums, the
 * card as Markdown, and `parts/<sha256>`. The folder appears whole or not at all. Where the same
 * artifact is already, nothing changes, its card included.
 * @throws ArtifactError FOLDER_TAKEN when something else is there, FOLDER_UNWRITABLE
 */
export async function writeArtifact(folder: string, artifact: Artifact): Promise<void> {
  const target = resolve(folder);
  if (await holds(target, artifact)) return;
  try {
    await mkdir(dirname(target), { recursive: true });
    const aside = await mkdtemp(join(dirname(target), partialPrefix(basename(target))));
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
  const manifestSha256 = await checkDocument(folder, MANIFEST, manifestBytes);
  const manifest = parseDocument(path, manifestBytes, parseManifest);
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
  const card = await readCard(folder, manifestSha256);
  return { manifest, manifestBytes, manifestSha256, parts, card };
}

async function readCard(folder: string, manifestSha256: string): Promise<StoredCard | null> {
  const path = join(folder, CARD);
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw damaged(path, `it cannot be read (${cause.message})`);
  });
  if (bytes === null) {
    if (existsSync(join(folder, checksumName(CARD)))) throw damaged(path, 'it is missing');
    return null;
  }
  await checkDocument(folder, CARD, bytes);
  const card = parseDocument(path, bytes, parseCard);
  if (card.manifestSha256 !== manifestSha256) throw damaged(path, 'it is of another manifest');
  return { card, bytes };
}

/** Holds a document against its checksum. @returns its SHA-256 */
async function checkDocument(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  const digest = await sha256(bytes);
  const checksum = await readFile(join(folder, checksumName(name)), 'utf8').catch(() => '');
  if (checksum === checksumLine(digest, name)) return digest;
  throw damaged(join(folder, name), `its SHA-256 is not the one in ${checksumName(name)}`);
}

function parseDocument<T>(path: string, bytes: Uint8Array, parse: (bytes: Uint8Array) => T): T {
  try {
    return parse(bytes);
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
  const { card } = artifact;
  if (card) {
    await writeDocument(folder, CARD, card.bytes);
    await writeFile(join(folder, CARD_FOR_PEOPLE), cardMarkdown(card.card));
  }
  await writeDocument(folder, MANIFEST, artifact.manifestBytes);
}

async function writeDocument(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  await writeFile(join(folder, checksumName(name)), checksumLine(await sha256(bytes), name));
  await writeFile(join(folder, name), bytes);
}

/** An empty folder may be replaced; anything else is somebody's. */
async function takePlace(aside: string, target: string): Promise<void> {
  await rmdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return;
    throw error;
  });
  await rename(aside, target);
}

function checksumName(name: string): string {
  return `${name}.sha256`;
}

/** As sha256sum writes it, so that `sha256sum --check` reads it. */
function checksumLine(digest: string, name: string): string {
  return `${digest}  ${name}\n`;
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
