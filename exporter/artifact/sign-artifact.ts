import type { Manifest } from '../contract/manifest.ts';
import type { SigningKey } from '../contract/signature.ts';
import type { Artifact } from './artifact.ts';
import { attachCard, cardContent } from './attach-card.ts';
import { signManifest } from './build-artifact.ts';

/** The same artifact, its card too, signed by `key` in place of whoever signed it before. */
export function signArtifact(artifact: Artifact, key: SigningKey): Promise<Artifact> {
  return withManifest(artifact, artifact.manifest, key);
}

/**
 * The same artifact under another version number, signed anew: parts, parent and fixes stay.
 * @param version a whole number above the parent's
 * @param key null leaves it unsigned
 */
export async function renumber(
  artifact: Artifact,
  version: number,
  key: SigningKey | null,
): Promise<Artifact> {
  if (artifact.manifest.version === version) return artifact;
  return withManifest(artifact, { ...artifact.manifest, version }, key);
}

async function withManifest(
  artifact: Artifact,
  manifest: Manifest,
  key: SigningKey | null,
): Promise<Artifact> {
  const signed = { ...artifact, ...(await signManifest(manifest, key)), card: null };
  const { card } = artifact;
  return card ? attachCard(signed, cardContent(card.card), key) : signed;
}
