import { cpus } from 'node:os';
import { join } from 'node:path';
import { attachCard } from '../../exporter/artifact/attach-card.ts';
import { signArtifact } from '../../exporter/artifact/sign-artifact.ts';
import type { SigningKey } from '../../exporter/contract/signature.ts';
import { HeapMeter } from '../../exporter/heap/heap-meter.ts';
import { KeptMeasurements } from '../../exporter/measurement/kept-measurements.ts';
import { type ExportedVersion, type ExportRequest, exportVersion } from './export-version.ts';
import { versionCard } from './version-card.ts';

export interface FinishedExportRequest extends Omit<ExportRequest, 'heapMeter' | 'kept'> {
  /** Signs the version and its card; null leaves both unsigned. */
  readonly key: SigningKey | null;
  /** Where figures of forms of the same graph and tensor sizes are found and kept. */
  readonly cacheFolder: string;
}

/**
 * Exports a network as a version that is ready to be published: its heap measured, signed, and with its
 * model card. Heaps and speeds are those of forms of the same graph and tensor sizes where such were
 * measured before; what the elements of tensors decide is measured each time.
 * @throws as `exportVersion` does; ExportError HEAP_UNMEASURED, RUNTIME_MISSING
 */
export async function exportFinished(request: FinishedExportRequest): Promise<ExportedVersion> {
  const { key, cacheFolder, patches } = request;
  const kept = new KeptMeasurements(join(cacheFolder, 'measurements'));
  const heapMeter = new HeapMeter(kept);
  try {
    const exported = await exportVersion({ ...request, heapMeter, kept });
    const artifact = key ? await signArtifact(exported.artifact, key) : exported.artifact;
    const machine = cpus()[0]?.model ?? 'an unknown processor';
    const card = await versionCard(artifact, patches, { kept, machine });
    return { ...exported, artifact: await attachCard(artifact, card, key) };
  } finally {
    await heapMeter.dispose();
  }
}
