/** Where things lie in the bucket. Parts are immutable and found by content; only pointers change. */
export const objectKey = {
  part: (sha256: string): string => `parts/${sha256}`,
  manifest: (model: string, version: number): string =>
    `models/${model}/versions/${String(version).padStart(6, '0')}.json`,
  manifestPrefix: (model: string): string => `models/${model}/versions/`,
  pointer: (model: string, channel: string): string => `models/${model}/channels/${channel}.json`,
  pointerPrefix: (model: string): string => `models/${model}/channels/`,
} as const;

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
