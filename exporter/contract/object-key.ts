/** Where things lie in the bucket. Parts are immutable and found by content; only pointers change. */
export const objectKey = {
  part: (sha256: string): string => `parts/${sha256}`,
  manifest: (model: string, version: number): string =>
    `models/${model}/versions/${String(version).padStart(6, '0')}.json`,
  card: (model: string, version: number): string =>
    `models/${model}/versions/${String(version).padStart(6, '0')}.card.json`,
  manifestPrefix: (model: string): string => `models/${model}/versions/`,
  pointer: (model: string, channel: string): string => `models/${model}/channels/${channel}.json`,
  /** A worker's word that the rollout of a channel is over. */
  halt: (model: string, channel: string): string => `models/${model}/halts/${channel}.json`,
  /** Reports of mistakes, and their pictures by digest. */
  feedback: (model: string, id: string): string => `feedback/${model}/reports/${id}.json`,
  feedbackPrefix: (model: string): string => `feedback/${model}/reports/`,
  feedbackPicture: (model: string, sha256: string): string =>
    `feedback/${model}/pictures/${sha256}`,
  pointerPrefix: (model: string): string => `models/${model}/channels/`,
  partPrefix: 'parts/',
  modelPrefix: 'models/',
} as const;

/** The model that a key below `modelPrefix` belongs to, or null where it is no such key. */
export function modelOfKey(key: string): string | null {
  return /^models\/([a-z0-9][a-z0-9-]*)\//.exec(key)?.[1] ?? null;
}

/** The version in a card's key, or null where the key is not one of `model`'s cards. */
export function cardVersionOfKey(model: string, key: string): number | null {
  const suffix = '.card.json';
  return key.endsWith(suffix) ? versionOfKey(model, `${key.slice(0, -suffix.length)}.json`) : null;
}

/** The version in a manifest's key, or null where the key is not one of `model`'s manifests. */
export function versionOfKey(model: string, key: string): number | null {
  const prefix = objectKey.manifestPrefix(model);
  const match = /^(\d{6,})\.json$/.exec(key.startsWith(prefix) ? key.slice(prefix.length) : '');
  return match ? Number(match[1]) : null;
}

/** The channel in a pointer's key, or null where the key is not one of `model`'s pointers. */
export function channelOfKey(model: string, key: string): string | null {
  const prefix = objectKey.pointerPrefix(model);
  const match = /^([a-z0-9][a-z0-9-]*)\.json$/.exec(
    key.startsWith(prefix) ? key.slice(prefix.length) : '',
  );
  return match?.[1] ?? null;
}
