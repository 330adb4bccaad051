import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readCheckpointFile, writeCheckpointFile } from '../checkpoint/checkpoint-file.ts';
import type { SafeTensor } from '../checkpoint/safe-tensor.ts';
import { decodeSafetensors, encodeSafetensors } from '../checkpoint/safetensors.ts';
import { featureCurvature } from '../curvature/feature-curvature.ts';
import type { DataSet } from '../data/data-set.ts';
import type { Engine } from '../engine/engine.ts';
import type { ScoredNetwork } from '../evaluation/scorer.ts';
import type { HostTensor } from '../network/weights.ts';
import { prefixDigest } from './control-activations.ts';

/**
 * `featureCurvature`, kept in a file for later processes. Edits of the last layer leave it as it is.
 * @throws CheckpointError CHECKPOINT_UNWRITABLE
 */
export async function keptCurvature(
  engine: Engine,
  network: ScoredNetwork,
  data: DataSet,
  cacheFolder: string,
): Promise<HostTensor> {
  const { architecture, weights, preprocessing } = network;
  const computedBy = [engine.name, engine.description];
  const of = [architecture, prefixDigest(weights, 'head'), preprocessing, data.fingerprint()];
  const key = JSON.stringify([...computedBy, ...of]);
  const name = createHash('sha256').update(key).digest('hex').slice(0, 32);
  const path = join(cacheFolder, 'curvature', `${name}.safetensors`);
  const kept = await find(path);
  if (kept) return kept;
  const curvature = await featureCurvature(engine, network, data);
  const tensor: SafeTensor = { dtype: 'F32', ...curvature };
  await writeCheckpointFile(path, encodeSafetensors(new Map([['curvature', tensor]]), {}));
  return curvature;
}

/** Null where nothing was kept, or where it cannot be read. */
async function find(path: string): Promise<HostTensor | null> {
  try {
    const { tensors } = decodeSafetensors(await readCheckpointFile(path), path);
    const tensor = tensors.get('curvature');
    return tensor?.dtype === 'F32' ? { shape: tensor.shape, data: tensor.data } : null;
  } catch {
    return null;
  }
}
