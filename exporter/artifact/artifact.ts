import type { Manifest } from '../contract/manifest.ts';

/** One version of a model, whole: what is written to a folder and published to a registry. */
export interface Artifact {
  readonly manifest: Manifest;
  /** The manifest as it is stored and digested. */
  readonly manifestBytes: Uint8Array;
  readonly manifestSha256: string;
  /** The parts by their SHA-256. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

/** What a manifest says of one part. */
export interface PartRecord {
  readonly sha256: string;
  readonly bytes: number;
}

/** Every part that a manifest needs. */
export function partRecords(manifest: Manifest): readonly PartRecord[] {
  return [manifest.graph];
}
