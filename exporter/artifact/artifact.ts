import type { Part } from '../contract/form.ts';
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

/** Every part that a manifest needs, each once. */
export function partRecords({ forms }: Manifest): readonly Part[] {
  const parts = forms.flatMap(({ graph, weights }) => (weights ? [graph, weights] : [graph]));
  return [...new Map(parts.map(({ sha256, bytes }) => [sha256, { sha256, bytes }])).values()];
}
