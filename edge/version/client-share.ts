/**
 * Where a client stands between 0 and 1. Whoever stands below the share of a trial gets its candidate:
 * as the share grows, clients join and none leaves. Different candidates are tried on different clients.
 * FNV-1a, finished as in MurmurHash3, whose bits depend on all of the text.
 */
export function clientPosition(candidate: number, clientKey: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${candidate}/${clientKey}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
