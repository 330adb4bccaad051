import { sha256 } from '../contract/digest.ts';
import { goldenPixels } from '../contract/golden.ts';
import { type Manifest, ManifestSchema, serialiseManifest } from '../contract/manifest.ts';
import type { ExportedGraph } from '../format/exported-graph.ts';
import type { Artifact } from './artifact.ts';
import { ArtifactError } from './artifact-error.ts';

/** What an artifact is made of: the manifest's fields, with the graph itself in place of its digest. */
export interface ArtifactContent extends Omit<Manifest, 'schema' | 'graph'> {
  readonly graph: ExportedGraph;
}

/**
 * Makes an artifact. The same content always gives the same bytes, in whatever order its fields come.
 * @throws ArtifactError ARTIFACT_INVALID naming the field
 */
export async function buildArtifact(content: ArtifactContent): Promise<Artifact> {
  const { bytes, opset, nodes, input, output } = content.graph;
  const digest = await sha256(bytes);
  const manifest = checked({
    ...content,
    schema: 'patchwork/manifest@1',
    graph: {
      sha256: digest,
      bytes: bytes.length,
      format: 'onnx',
      opset,
      nodes,
      input,
      output,
    },
    provenance: Object.fromEntries(
      Object.entries(content.provenance).sort(([left], [right]) => (left < right ? -1 : 1)),
    ),
  });
  const manifestBytes = serialiseManifest(manifest);
  return {
    manifest,
    manifestBytes,
    manifestSha256: await sha256(manifestBytes),
    parts: new Map([[digest, bytes]]),
  };
}

function checked(content: Manifest): Manifest {
  const result = ManifestSchema.safeParse(content);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new ArtifactError(
      'ARTIFACT_INVALID',
      `The artifact breaks the manifest's schema at ${issue?.path.join('.') || 'top level'}: ${issue?.message}.`,
    );
  }
  const { height, width } = result.data.preprocessing;
  for (const vector of result.data.golden.vectors) {
    const size = goldenPixels(vector).length;
    if (size === height * width * 3) continue;
    throw new ArtifactError(
      'ARTIFACT_INVALID',
      `Golden vector "${vector.name}" has ${size} bytes of pixels; [${height},${width},3] has ${height * width * 3}.`,
    );
  }
  return result.data;
}
