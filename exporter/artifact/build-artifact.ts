import { sha256 } from '../contract/digest.ts';
import type { Form, Part } from '../contract/form.ts';
import { goldenPixels } from '../contract/golden.ts';
import {
  type Manifest,
  ManifestSchema,
  serialiseManifest,
  unsignedManifest,
} from '../contract/manifest.ts';
import { type SigningKey, sign } from '../contract/signature.ts';
import type { ExportedForm } from '../format/exported-graph.ts';
import type { Artifact } from './artifact.ts';
import { ArtifactError } from './artifact-error.ts';

/** One form of an artifact: the manifest's fields, with bytes in place of digests. */
export type FormContent = ExportedForm & Pick<Form, 'golden' | 'fidelity' | 'heap'>;

/** What an artifact is made of: the manifest's fields, with bytes in place of digests. */
export interface ArtifactContent extends Omit<Manifest, 'schema' | 'forms' | 'signature'> {
  readonly forms: readonly FormContent[];
}

/**
 * Makes an artifact. The same content and key always give the same bytes, in whatever order the fields
 * come.
 * @param key signs the manifest; null leaves it unsigned
 * @throws ArtifactError ARTIFACT_INVALID naming the field
 */
export async function buildArtifact(
  content: ArtifactContent,
  key: SigningKey | null = null,
): Promise<Artifact> {
  const parts = new Map<string, Uint8Array>();
  const keep = async (bytes: Uint8Array): Promise<Part> => {
    const digest = await sha256(bytes);
    parts.set(digest, bytes);
    return { sha256: digest, bytes: bytes.length };
  };
  const forms: Form[] = [];
  for (const { graph, weights, tensors, ...form } of content.forms) {
    const { bytes, ...ports } = graph;
    forms.push({
      ...form,
      graph: { ...(await keep(bytes)), ...ports },
      weights: weights && (await keep(weights)),
      tensors: [...tensors],
    });
  }
  const unsigned = checked({
    ...content,
    schema: 'patchwork/manifest@2',
    forms,
    provenance: Object.fromEntries(
      Object.entries(content.provenance).sort(([left], [right]) => (left < right ? -1 : 1)),
    ),
    signature: null,
  });
  return { ...(await signManifest(unsigned, key)), parts, card: null };
}

/** A manifest signed by `key`, or by nobody, whoever signed it before, as it is stored. */
export async function signManifest(
  content: Manifest,
  key: SigningKey | null,
): Promise<Pick<Artifact, 'manifest' | 'manifestBytes' | 'manifestSha256'>> {
  const signature = key && (await sign(unsignedManifest(content), key));
  const manifest = { ...content, signature };
  const manifestBytes = serialiseManifest(manifest);
  return { manifest, manifestBytes, manifestSha256: await sha256(manifestBytes) };
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
  for (const picture of result.data.golden) {
    const size = goldenPixels(picture).length;
    if (size === height * width * 3) continue;
    throw new ArtifactError(
      'ARTIFACT_INVALID',
      `Golden picture "${picture.name}" has ${size} bytes of pixels; [${height},${width},3] has ${height * width * 3}.`,
    );
  }
  return result.data;
}
