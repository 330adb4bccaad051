import type { Artifact } from '../artifact/artifact.ts';
import { objectKey } from '../contract/object-key.ts';
import { advancePointer } from '../contract/pointer.ts';
import { moveChannel, readChannel } from './channel.ts';
import { checkName } from './name.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';
import { RegistryError } from './registry-error.ts';
import { publishedVersions } from './version.ts';

/** How often somebody else may win the race for a channel before we give up. */
const MOVE_ATTEMPTS = 20;

export interface Published {
  readonly version: number;
  readonly manifestSha256: string;
  /** Bytes that were not yet in the store. */
  readonly uploadedBytes: number;
  /** What the channel served before; the version itself when it already did. */
  readonly previous: number | null;
}

/**
 * Stores an artifact and lets a channel serve it: parts first, then the manifest, the pointer last, so
 * that whatever can be found is complete and a publication that was cut short is finished by running
 * it again. Publishing the same artifact again changes nothing but restores what was damaged.
 * @throws RegistryError VERSION_TAKEN or VERSION_BEHIND when another artifact has the number or a later
 *   one, PARENT_MISSING, CHANNEL_AHEAD when the version is stored but the channel already serves a
 *   later one, CHANNEL_CONTENDED, NAME_INVALID, STORE_FAILED
 */
export async function publish(
  store: ObjectStore,
  artifact: Artifact,
  { channel }: { readonly channel: string },
): Promise<Published> {
  const { model, version } = artifact.manifest;
  checkName('channel', channel);
  await checkNumber(store, artifact);
  let uploadedBytes = 0;
  for (const [digest, bytes] of artifact.parts) {
    // A part's key is its digest, so that other bytes under it can only be damage.
    const outcome = await storeOnce(store, objectKey.part(digest), bytes, () => true);
    if (outcome === 'written') uploadedBytes += bytes.length;
  }
  const { manifestBytes, manifestSha256 } = artifact;
  const outcome = await storeOnce(
    store,
    objectKey.manifest(model, version),
    manifestBytes,
    (present) => wasWrittenAs(present, artifact),
  );
  if (outcome === 'taken') throw versionTaken(artifact);
  if (outcome === 'written') uploadedBytes += manifestBytes.length;
  const previous = await serve(store, artifact, channel);
  return { version, manifestSha256, uploadedBytes, previous };
}

/** Refuses a number that cannot be taken before anything is uploaded. */
async function checkNumber(store: ObjectStore, artifact: Artifact): Promise<void> {
  const { model, version, parent } = artifact.manifest;
  const versions = await publishedVersions(store, model);
  const latest = versions.at(-1) ?? 0;
  if (versions.includes(version)) {
    const present = await store.get(objectKey.manifest(model, version));
    const same = present && Buffer.compare(present.bytes, artifact.manifestBytes) === 0;
    if (present && !same && !wasWrittenAs(present, artifact)) throw versionTaken(artifact);
  } else if (version < latest) {
    throw new RegistryError(
      'VERSION_BEHIND',
      `Version ${version} of ${model} comes after version ${latest} was published; export it again as version ${latest + 1}. Nothing was changed.`,
    );
  }
  if (parent !== null && !versions.includes(parent)) {
    throw new RegistryError(
      'PARENT_MISSING',
      `Version ${version} of ${model} is a patch of version ${parent}, which is not in the ${store.description}; publish version ${parent} first. Nothing was changed.`,
    );
  }
}

/** Whether an object held this artifact's manifest before it was damaged. */
function wasWrittenAs(present: StoredObject, artifact: Artifact): boolean {
  return present.sha256 === artifact.manifestSha256;
}

function versionTaken({ manifest, manifestSha256 }: Artifact): RegistryError {
  return new RegistryError(
    'VERSION_TAKEN',
    `Version ${manifest.version} of ${manifest.model} is already published with other content than ${manifestSha256.slice(0, 12)}; export it again under the next free number. The published version was not changed.`,
  );
}

/**
 * Writes an object that never changes.
 * @param isDamaged says of other bytes under the key whether they may be replaced
 */
async function storeOnce(
  store: ObjectStore,
  key: string,
  bytes: Uint8Array,
  isDamaged: (present: StoredObject) => boolean,
): Promise<'written' | 'present' | 'taken'> {
  for (;;) {
    const present = await store.get(key);
    if (present && Buffer.compare(present.bytes, bytes) === 0) return 'present';
    if (present && !isDamaged(present)) return 'taken';
    const condition = present ? { ifMatch: present.etag } : { ifNoneMatch: '*' as const };
    if (await store.put(key, bytes, condition)) return 'written';
  }
}

/** Moves the channel to a stored version. @returns what it served before */
async function serve(
  store: ObjectStore,
  { manifest: { model, version }, manifestSha256 }: Artifact,
  channel: string,
): Promise<number | null> {
  for (let attempt = 0; attempt < MOVE_ATTEMPTS; attempt++) {
    const state = await readChannel(store, model, channel);
    const serving = state.pointer?.version ?? null;
    if (serving !== null && serving > version) {
      throw new RegistryError(
        'CHANNEL_AHEAD',
        `Version ${version} of ${model} is stored, but channel "${channel}" already serves version ${serving} and was left there; to go back, roll back.`,
      );
    }
    const next = advancePointer(state.pointer, { model, channel }, { version, manifestSha256 });
    if (next === state.pointer) return serving;
    if (await moveChannel(store, model, channel, state, next)) return serving;
  }
  throw new RegistryError(
    'CHANNEL_CONTENDED',
    `Version ${version} of ${model} is stored, but others kept moving channel "${channel}"; publish it again.`,
  );
}
