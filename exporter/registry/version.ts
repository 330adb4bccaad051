import { type Artifact, partRecords } from '../artifact/artifact.ts';
import { sha256 } from '../contract/digest.ts';
import { type Manifest, parseManifest } from '../contract/manifest.ts';
import { objectKey, versionOfKey } from '../contract/object-key.ts';
import { checkName } from './name.ts';
import type { ObjectStore } from './object-store.ts';
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
  const manifestSha256 = await sha256(object.bytes);
  if (object.sha256 !== null && object.sha256 !== manifestSha256) {
    throw damaged(key, 'its bytes are not those that were written');
  }
  const manifest = readManifest(key, object.bytes);
  if (manifest.model !== model || manifest.version !== version) {
    throw damaged(key, `it describes version ${manifest.version} of ${manifest.model}`);
  }
  return { manifest, manifestBytes: object.bytes, manifestSha256 };
}

/**
 * Reads a published version whole and checks every size and digest.
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
    const key = objectKey.part(record.sha256);
    const object = await store.get(key);
    if (!object) throw damaged(key, `it is missing, and version ${version} of ${model} needs it`);
    const { bytes } = object;
    if (bytes.length !== record.bytes || (await sha256(bytes)) !== record.sha256) {
      throw damaged(key, 'its bytes are not those that its name promises');
    }
    parts.set(record.sha256, bytes);
  }
  return { ...found, parts };
}

function readManifest(key: string, bytes: Uint8Array): Manifest {
  try {
    return parseManifest(bytes);
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
