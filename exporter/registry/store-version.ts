import { type Artifact, partRecords } from '../artifact/artifact.ts';
import { parseCard, verifyCard } from '../contract/card.ts';
import { verifyManifest } from '../contract/manifest.ts';
import { objectKey } from '../contract/object-key.ts';
import type { Signer } from '../signing/signer.ts';
import { REFRESH_AFTER_MS } from './grace.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';
import { RegistryError } from './registry-error.ts';
import { type Replaces, storeOnce } from './store-once.ts';
import { publishedVersions, readVersionManifest } from './version.ts';

/** A version in the store, which no channel needs to serve. */
export interface StoredVersion {
  readonly version: number;
  readonly manifestSha256: string;
  /** Bytes that were not yet in the store. */
  readonly uploadedBytes: number;
}

/** @param done bytes of a version that are in the store @param total all that it has */
export type StoreObserver = (done: number, total: number) => void;

/**
 * Stores an artifact: parts first, then the manifest, which takes the number, then the card of whoever
 * took it. Storing the same artifact again changes nothing but restores what was damaged; a card that is
 * stored already stays.
 * @throws RegistryError VERSION_TAKEN or VERSION_BEHIND when another artifact has the number or a later
 *   one, PARENT_MISSING, KEY_REQUIRED, ARTIFACT_UNSIGNED, STORE_FAILED; ContractError KEY_UNTRUSTED or
 *   SIGNATURE_INVALID
 */
export async function storeVersion(
  store: ObjectStore,
  artifact: Artifact,
  signer: Signer,
  observe: StoreObserver = () => {},
): Promise<StoredVersion> {
  const { manifestBytes, manifestSha256, card } = artifact;
  const { model, version } = artifact.manifest;
  await checkSignatures(artifact, signer);
  const { referenced, ofParent } = await checkNumber(store, artifact);
  let [uploadedBytes, done] = [0, 0];
  const objects = [...artifact.parts.values(), manifestBytes, ...(card ? [card.bytes] : [])];
  const total = objects.reduce((sum, { length }) => sum + length, 0);
  const write = async (key: string, bytes: Uint8Array, replaces: Replaces) => {
    const outcome = await storeOnce(store, key, bytes, replaces);
    if (outcome === 'written') uploadedBytes += bytes.length;
    done += bytes.length;
    observe(done, total);
    return outcome;
  };
  for (const [digest, bytes] of artifact.parts) {
    // A part's key is its digest, so that other bytes under it can only be damage.
    const stale = (present: Pick<StoredObject, 'modified'>) =>
      !referenced.has(digest) && Date.now() - present.modified.getTime() > REFRESH_AFTER_MS;
    const recorded = ofParent.has(digest) ? digest : undefined;
    await write(objectKey.part(digest), bytes, { other: () => true, same: stale, recorded });
  }
  const outcome = await write(objectKey.manifest(model, version), manifestBytes, {
    other: (present) => wasWrittenAs(present, artifact),
  });
  if (outcome === 'taken') throw versionTaken(artifact);
  if (card) {
    await write(objectKey.card(model, version), card.bytes, {
      other: (present) => !isCardOf(present, artifact),
    });
  }
  return { version, manifestSha256, uploadedBytes };
}

/**
 * That an artifact is signed as its publisher's keys ask for.
 * @throws RegistryError ARTIFACT_UNSIGNED, KEY_REQUIRED; ContractError KEY_UNTRUSTED, SIGNATURE_INVALID
 */
export async function checkSignatures({ manifest, card }: Artifact, signer: Signer): Promise<void> {
  const what = `Version ${manifest.version} of ${manifest.model}`;
  const signed = manifest.signature !== null && card?.card.signature !== null;
  if (signer.key && !signed) {
    throw new RegistryError(
      'ARTIFACT_UNSIGNED',
      `${what} is not signed, and a key is in use; export it again with --key. Nothing was changed.`,
    );
  }
  if (!signer.key && manifest.signature !== null) {
    throw new RegistryError(
      'KEY_REQUIRED',
      `${what} is signed, and so must be the channel that serves it; name a key with --key or PATCHWORK_KEY. Nothing was changed.`,
    );
  }
  await verifyManifest(manifest, signer.trusted);
  if (card) await verifyCard(card.card, signer.trusted);
}

/** Digests of parts that are in the store already. */
interface PresentParts {
  /** Those that a published version needs, so that they are never collected. */
  readonly referenced: ReadonlySet<string>;
  /** Those of the parent, which need not be read again for every child. */
  readonly ofParent: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/** Refuses a number that cannot be taken before anything is uploaded. */
async function checkNumber(store: ObjectStore, artifact: Artifact): Promise<PresentParts> {
  const { model, version, parent } = artifact.manifest;
  const versions = await publishedVersions(store, model);
  const latest = versions.at(-1) ?? 0;
  if (versions.includes(version)) {
    const present = await store.get(objectKey.manifest(model, version));
    const same = present && Buffer.compare(present.bytes, artifact.manifestBytes) === 0;
    if (present && !same && !wasWrittenAs(present, artifact)) throw versionTaken(artifact);
    if (same) return { referenced: new Set(artifact.parts.keys()), ofParent: NONE };
  } else if (version < latest) {
    throw new RegistryError(
      'VERSION_BEHIND',
      `Version ${version} of ${model} comes after version ${latest} was published; export it again as version ${latest + 1}, or publish it with --next. Nothing was changed.`,
    );
  }
  if (parent === null) return { referenced: NONE, ofParent: NONE };
  if (!versions.includes(parent)) throw parentMissing(store, artifact);
  const found = await readVersionManifest(store, model, parent).catch(() => null);
  const parts = new Set(found ? partRecords(found.manifest).map(({ sha256 }) => sha256) : []);
  return { referenced: parts, ofParent: parts };
}

export function parentMissing(store: ObjectStore, { manifest }: Artifact): RegistryError {
  const { version, model, parent } = manifest;
  return new RegistryError(
    'PARENT_MISSING',
    `Version ${version} of ${model} is a patch of version ${parent}, which is not in the ${store.description}; publish version ${parent} first. Nothing was changed.`,
  );
}

/** Whether an object held this artifact's manifest before it was damaged. */
function wasWrittenAs(present: StoredObject, artifact: Artifact): boolean {
  return present.sha256 === artifact.manifestSha256;
}

/** Whether an object is a card of this very artifact, if perhaps with other times. */
function isCardOf({ bytes }: StoredObject, { manifestSha256 }: Artifact): boolean {
  try {
    return parseCard(bytes).manifestSha256 === manifestSha256;
  } catch {
    return false;
  }
}

function versionTaken({ manifest, manifestSha256 }: Artifact): RegistryError {
  return new RegistryError(
    'VERSION_TAKEN',
    `Version ${manifest.version} of ${manifest.model} is already published with other content than ${manifestSha256.slice(0, 12)}; export it again under the next free number, or publish it with --next. The published version was not changed.`,
  );
}
