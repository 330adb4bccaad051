import type { Card } from '../contract/card.ts';
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
  /** The model card with its stored bytes, null where there is none. */
  readonly card: StoredCard | null;
}

/** A model card, and the bytes that it is stored as. */
export interface StoredCard {
  readonly card: Card;
  readonly bytes: Uint8Array;
}

/** Every part that a manifest needs, each once. */
export function partRecords({ forms }: Manifest): readonly Part[] {
  const parts = forms.flatMap(({ graph, weights }) => (weights ? [graph, weights] : [graph]));
  return [...new Map(parts.map(({ sha256, bytes }) => [sha256, { sha256, bytes }])).values()];
}
