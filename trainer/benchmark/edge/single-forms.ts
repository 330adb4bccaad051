import type { Artifact } from '../../../exporter/artifact/artifact.ts';
import { sha256 } from '../../../exporter/contract/digest.ts';
import type { Form } from '../../../exporter/contract/form.ts';
import { serialiseManifest } from '../../../exporter/contract/manifest.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { advancePointer, serialisePointer } from '../../../exporter/contract/pointer.ts';
import { REGISTRY_DEFAULTS } from '../../../exporter/registry/defaults.ts';
import { openLocalR2Store } from '../../../exporter/registry/local-r2-store.ts';

/** A form of an artifact, stored as a version that has no other. */
export interface SingleForm {
  readonly version: number;
  readonly form: Form;
  readonly artifact: Artifact;
}

export function formName({ form, artifact }: SingleForm): string {
  const { width } = artifact.manifest.architecture;
  return `${form.precision} ${form.storage}, width ${width}`;
}

/**
 * Puts every form of every artifact into a local bucket as a version of its own, 1 and on, and points the
 * usual channel of the usual model to the first, so that a worker can be made to run each.
 */
export async function storeSingleForms(
  folder: string,
  artifacts: readonly Artifact[],
): Promise<SingleForm[]> {
  const { model } = REGISTRY_DEFAULTS;
  const stored: SingleForm[] = [];
  const store = await openLocalR2Store({ folder });
  try {
    for (const artifact of artifacts) {
      for (const [digest, bytes] of artifact.parts) await store.put(objectKey.part(digest), bytes);
      for (const form of artifact.manifest.forms) {
        const version = stored.length + 1;
        const manifest = { ...artifact.manifest, model, version, parent: null, forms: [form] };
        const bytes = serialiseManifest({ ...manifest, signature: null });
        await store.put(objectKey.manifest(model, version), bytes);
        stored.push({ version, form, artifact });
        if (version > 1) continue;
        const reference = { version, manifestSha256: await sha256(bytes) };
        const pointer = advancePointer(null, REGISTRY_DEFAULTS, reference);
        await store.put(
          objectKey.pointer(model, REGISTRY_DEFAULTS.channel),
          serialisePointer(pointer),
        );
      }
    }
  } finally {
    await store.close();
  }
  return stored;
}
