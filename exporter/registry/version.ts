import { type Artifact, partRecords, type StoredCard } from '../artifact/artifact.ts';
import { parseCard } from '../contract/card.ts';
import { sha256 } from '../contract/digest.ts';
import type { Part } from '../contract/form.ts';
import { parseManifest } from '../contract/manifest.ts';
import { objectKey, versionOfKey } from '../contract/object-key.ts';
import { checkName } from './name.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';
import { RegistryError } from './registry-error.ts';

/** A stored manifest that fits its key and the digest it was written with. */
export type VersionManifest = Pick<Artifact, 'manifest' | 'manifestBytes' | 'manifestSha256'>;

/** The numbers of a model's published versions, ascending. */
export async function publishedVersions(store: ObjectStore, model: string): Promise<number[]> {
  checkName('model', model);
  const keys = await store.list(objectKey.manifestPrefix(model));
  return keys
    .map((key) => versionOfKey(model, key))
    .filter((version) => version !== null)
    .sort((left, right) => left - right);
}

/** The number that the next version of a model takes: one past the highest. */
export async function nextVersion(store: ObjectStore, model: string): Promise<number> {
  return ((await publishedVersions(store, model)).at(-1) ?? 0) + 1;
}

/** @throws RegistryError VERSION_MISSING, OBJECT_DAMAGED, STORE_FAILED */
export async function readVersionManifest(
  store: ObjectStore,
  model: string,
  version: number,
): Promise<VersionManifest> {
  const key = objectKey.manifest(model, version);
  const object = await store.get(key);
  if (!object) {
    throw new RegistryError(
      'VERSION_MISSING',
      `Version ${version} of ${model} is not in the ${store.description}; publish it first.`,
    );
  }
  const manifestSha256 = await checkRecorded(key, object);
  const manifest = parse(key, object.bytes, parseManifest);
  if (manifest.model !== model || manifest.version !== version) {
    throw damaged(key, `it describes version ${manifest.version} of ${manifest.model}`);
  }
  return { manifest, manifestBytes: object.bytes, manifestSha256 };
}

/**
 * Reads a published version whole, with its card, and checks every size and digest.
 * @throws RegistryError VERSION_MISSING, OBJECT_DAMAGED, STORE_FAILED
 */
export async function readVersion(
  store: ObjectStore,
  model: string,
  version: number,
): Promise<Artifact> {
  const found = await readVersionManifest(store, model, version);
  const parts = new Map<string, Uint8Array>();
  for (const record of partRecords(found.manifest)) {
    parts.set(record.sha256, await readPart(store, record));
  }
  return { ...found, parts, card: await readCard(store, found) };
}

/** Reads a part, and checks its size and digest. @throws RegistryError OBJECT_DAMAGED, STORE_FAILED */
export async function readPart(store: ObjectStore, part: Part): Promise<Uint8Array> {
  const key = objectKey.part(part.sha256);
  const object = await store.get(key);
  if (!object) throw damaged(key, 'it is missing, and a version needs it');
  const { bytes } = object;
  if (bytes.length === part.bytes && (await sha256(bytes)) === part.sha256) return bytes;
  throw damaged(key, 'its bytes are not those that its name promises');
}

/**
 * The card of a version, null where it has none.
 * @throws RegistryError OBJECT_DAMAGED when it is of another manifest or not what was written
 */
export async function readCard(
  store: ObjectStore,
  { manifest, manifestSha256 }: VersionManifest,
): Promise<StoredCard | null> {
  const key = objectKey.card(manifest.model, manifest.version);
  const object = await store.get(key);
  if (!object) return null;
  await checkRecorded(key, object);
  const card = parse(key, object.bytes, parseCard);
  if (card.manifestSha256 !== manifestSha256) throw damaged(key, 'it is of another manifest');
  return { card, bytes: object.bytes };
}

/** Holds an object against the digest that it was written with, where there is one. @returns its digest */
async function checkRecorded(key: string, object: StoredObject): Promise<string> {
  const digest = await sha256(object.bytes);
  if (object.sha256 === null || object.sha256 === digest) return digest;
  throw damaged(key, 'its bytes are not those that were written');
}

function parse<T>(key: string, bytes: Uint8Array, parser: (bytes: Uint8Array) => T): T {
  try {
    return parser(bytes);
  } catch (cause) {
    throw damaged(key, (cause as Error).message, cause);
  }
}

function damaged(key: string, why: string, cause?: unknown): RegistryError {
  return new RegistryError(
    'OBJECT_DAMAGED',
    `Object ${key} is damaged: ${why}. Publishing the same version again restores it.`,
    { cause },
  );
}
