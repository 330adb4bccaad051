import type { Halt } from '../contract/halt.ts';
import type { Manifest } from '../contract/manifest.ts';
import { channelOfKey, objectKey } from '../contract/object-key.ts';
import type { Pointer } from '../contract/pointer.ts';
import { readChannel } from './channel.ts';
import { readHalt } from './halt.ts';
import type { ObjectStore } from './object-store.ts';
import type { ChannelTrial } from './rollout-state.ts';
import { publishedVersions, readVersionManifest } from './version.ts';

export interface ListedVersion {
  readonly version: number;
  /** Null where it cannot be read. */
  readonly manifest: Manifest | null;
  /** Why the manifest cannot be read. */
  readonly problem: string | null;
  /** The channels that serve it. */
  readonly channels: readonly string[];
  /** The channels that try it. */
  readonly trials: readonly ListedTrial[];
}

export interface ListedTrial extends ChannelTrial {
  readonly channel: string;
}

export interface ListedChannel {
  readonly name: string;
  /** Null where it cannot be read. */
  readonly pointer: Pointer | null;
  /** Why its rollout is over, null where it has none that is. */
  readonly halt: Halt | null;
  readonly problem: string | null;
}

export interface Listing {
  /** Ascending. */
  readonly versions: readonly ListedVersion[];
  readonly channels: readonly ListedChannel[];
}

/**
 * Everything published of a model. What is damaged is listed with its problem.
 * @throws RegistryError NAME_INVALID, STORE_FAILED
 */
export async function listRegistry(store: ObjectStore, model: string): Promise<Listing> {
  const numbers = await publishedVersions(store, model);
  const channels: ListedChannel[] = [];
  for (const key of await store.list(objectKey.pointerPrefix(model))) {
    const name = channelOfKey(model, key);
    if (name === null) continue;
    const { pointer, problem } = await readChannel(store, model, name);
    const halt = pointer && (await readHalt(store, pointer));
    channels.push({ name, pointer, halt, problem: problem?.message ?? null });
  }
  const versions: ListedVersion[] = [];
  for (const version of numbers) {
    versions.push({
      version,
      ...(await readListed(store, model, version)),
      channels: channels
        .filter(({ pointer }) => pointer?.version === version)
        .map(({ name }) => name),
      trials: channels.flatMap(({ name, pointer, halt }) =>
        pointer?.rollout?.version === version
          ? [{ channel: name, rollout: pointer.rollout, halt }]
          : [],
      ),
    });
  }
  return { versions, channels };
}

async function readListed(
  store: ObjectStore,
  model: string,
  version: number,
): Promise<Pick<ListedVersion, 'manifest' | 'problem'>> {
  try {
    return { manifest: (await readVersionManifest(store, model, version)).manifest, problem: null };
  } catch (error) {
    return { manifest: null, problem: (error as Error).message };
  }
}
