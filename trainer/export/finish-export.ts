import { attachCard } from '../../exporter/artifact/attach-card.ts';
import { signArtifact } from '../../exporter/artifact/sign-artifact.ts';
import type { SigningKey } from '../../exporter/contract/signature.ts';
import type { Patch } from '../patch/patch.ts';
import type { ExportedVersion } from './export-version.ts';
import { versionCard } from './version-card.ts';

/**
 * An exported version ready to be published: signed, and with its model card.
 * @param patches those that were exported, in order
 * @param key null leaves both unsigned
 * @throws ExportError, ArtifactError ARTIFACT_INVALID
 */
export async function finishExport(
  exported: ExportedVersion,
  patches: readonly Patch[],
  key: SigningKey | null,
): Promise<ExportedVersion> {
  const artifact = key ? await signArtifact(exported.artifact, key) : exported.artifact;
  const card = await versionCard(artifact, patches);
  return { ...exported, artifact: await attachCard(artifact, card, key) };
}
