import type { SigningKey } from '../contract/signature.ts';
import type { Artifact } from './artifact.ts';
import { attachCard, cardContent } from './attach-card.ts';
import { signManifest } from './build-artifact.ts';

/**
 * The same artifact under another version number, signed anew: parts, parent and fixes stay.
 * @param version a whole number above the parent's
 */
export async function renumber(
  artifact: Artifact,
  version: number,
  key: SigningKey | null,
): Promise<Artifact> {
  if (artifact.manifest.version === version) return artifact;
  const signed = await signManifest({ ...artifact.manifest, version }, key);
  const renumbered = { ...artifact, ...signed, card: null };
  const { card } = artifact;
  return card ? attachCard(renumbered, cardContent(card.card), key) : renumbered;
}
