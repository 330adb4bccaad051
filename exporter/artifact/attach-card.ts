import {
  type Card,
  type CardFix,
  CardSchema,
  serialiseCard,
  type Timing,
  unsignedCard,
} from '../contract/card.ts';
import type { Precision, Storage } from '../contract/form.ts';
import { type SigningKey, sign } from '../contract/signature.ts';
import type { Artifact } from './artifact.ts';
import { ArtifactError } from './artifact-error.ts';

/** How fast one form was. */
export interface FormTiming extends Timing {
  readonly precision: Precision;
  readonly storage: Storage;
}

/** What a card says beyond the manifest. */
export interface CardContent {
  /** Of every fix in the manifest, in its order. */
  readonly fixes: readonly CardFix[];
  readonly timings: readonly FormTiming[];
}

/**
 * The artifact with a model card that is bound to its manifest.
 * @param key signs the card; null leaves it unsigned
 * @throws ArtifactError ARTIFACT_INVALID naming the field, or when the fixes are not the manifest's
 */
export async function attachCard(
  artifact: Artifact,
  { fixes, timings }: CardContent,
  key: SigningKey | null = null,
): Promise<Artifact> {
  const { manifest, manifestSha256 } = artifact;
  const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id).join();
  if (ids(fixes) !== ids(manifest.fixes))
    throw invalid('fixes: they are not those of the manifest');
  const result = CardSchema.safeParse({
    schema: 'patchwork/card@1',
    model: manifest.model,
    version: manifest.version,
    parent: manifest.parent,
    manifestSha256,
    labels: manifest.labels,
    forms: manifest.forms.map(({ precision, storage, graph, weights, fidelity, heap }) => ({
      precision,
      storage,
      bytes: graph.bytes + (weights?.bytes ?? 0),
      fidelity,
      heap,
      timings: timings
        .filter((timing) => timing.precision === precision && timing.storage === storage)
        .map(({ precision: _, storage: __, ...timing }) => timing),
    })),
    fixes: [...fixes],
    provenance: manifest.provenance,
    signature: null,
  } satisfies Card);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw invalid(`${issue.path.join('.')}: ${issue.message}`);
  }
  const card = { ...result.data, signature: key && (await sign(unsignedCard(result.data), key)) };
  return { ...artifact, card: { card, bytes: serialiseCard(card) } };
}

/** What a card says beyond its manifest, to say it of a manifest that differs in its number. */
export function cardContent({ fixes, forms }: Card): CardContent {
  return {
    fixes,
    timings: forms.flatMap(({ precision, storage, timings }) =>
      timings.map((timing) => ({ precision, storage, ...timing })),
    ),
  };
}

function invalid(what: string): ArtifactError {
  return new ArtifactError('ARTIFACT_INVALID', `The model card breaks its schema at ${what}.`);
}
