import { partRecords } from '../artifact/artifact.ts';
import { cardVersionOfKey, objectKey } from '../contract/object-key.ts';
import { publishedModels } from './models.ts';
import type { ObjectStore, PendingUpload } from './object-store.ts';
import { PROBE_PREFIX } from './probe.ts';
import { publishedVersions, readVersionManifest } from './version.ts';

export interface GarbageRequest {
  /** What was written or begun later stays: a publication may be under way. */
  readonly before: Date;
  /** Only says what would go. */
  readonly dryRun: boolean;
}

export interface Garbage {
  /** The objects that nothing refers to. */
  readonly objects: readonly { readonly key: string; readonly bytes: number }[];
  /** Uploads that were never completed; null where the store cannot tell. */
  readonly uploads: readonly PendingUpload[] | null;
}

/**
 * Removes what no version needs: parts that no manifest of any model names, cards without a manifest,
 * uploads that broke off, and what probing the store left. Versions all stay, whether or not a channel
 * serves them.
 * @throws RegistryError OBJECT_DAMAGED when a manifest cannot be read, since its parts are unknown then;
 *   nothing is removed. STORE_FAILED
 */
export async function collectGarbage(
  store: ObjectStore,
  { before, dryRun }: GarbageRequest,
): Promise<Garbage> {
  // Parts before manifests: a part that is listed and whose manifest comes later is too young to go.
  const parts = await store.list(objectKey.partPrefix);
  const needed = new Set<string>();
  const idle: string[] = [...(await store.list(PROBE_PREFIX))];
  for (const model of await publishedModels(store)) {
    const versions = await publishedVersions(store, model);
    for (const version of versions) {
      const { manifest } = await readVersionManifest(store, model, version);
      for (const { sha256 } of partRecords(manifest)) needed.add(objectKey.part(sha256));
    }
    for (const key of await store.list(objectKey.manifestPrefix(model))) {
      const version = cardVersionOfKey(model, key);
      if (version !== null && !versions.includes(version)) idle.push(key);
    }
  }
  idle.push(...parts.filter((key) => !needed.has(key)));
  const objects = [];
  for (const key of idle) {
    const found = await store.head(key);
    if (!found || found.modified >= before) continue;
    if (!dryRun) await store.delete(key);
    objects.push({ key, bytes: found.size });
  }
  const uploads = (await store.uploads())?.filter(({ begun }) => begun < before) ?? null;
  if (!dryRun) for (const upload of uploads ?? []) await store.abortUpload(upload);
  return { objects, uploads };
}
