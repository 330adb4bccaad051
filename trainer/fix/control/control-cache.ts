import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Preprocessing } from '../../../exporter/contract/manifest.ts';
import { readCheckpointFile, writeCheckpointFile } from '../../checkpoint/checkpoint-file.ts';
import type { SafeTensor } from '../../checkpoint/safe-tensor.ts';
import { decodeSafetensors, encodeSafetensors } from '../../checkpoint/safetensors.ts';
import {
  DescribedSetSchema,
  describeSet,
  pictureTensor,
  setOfTensor,
} from '../../data/picture-tensor.ts';
import { CONTROL_KINDS } from '../../evaluation/control/control-set.ts';
import type { HostTensor } from '../../network/weights.ts';
import type { ControlOptions, ControlPictures } from './control-pictures.ts';

const DescriptionSchema = z.strictObject({
  schema: z.literal('patchwork/controls@1'),
  name: z.string(),
  fingerprint: z.string(),
  labelNames: z.array(z.string()),
  parts: z.array(z.strictObject({ kind: z.enum(CONTROL_KINDS), start: z.int(), count: z.int() })),
  sources: z.array(z.int().min(0)),
  digests: z.array(z.string()),
  controls: DescribedSetSchema,
  rehearsal: DescribedSetSchema,
});

/** What control pictures are drawn by. */
export interface ControlKey extends ControlOptions {
  /** Of the network before any fix. */
  readonly weights: string;
  readonly preprocessing: Preprocessing;
  /** Of the data set. */
  readonly fingerprint: string;
}

/** Keeps control pictures in files, so that a later process needs no data set. */
export class ControlCache {
  #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What was kept under the key; null where nothing was, or where it cannot be read. */
  async find(key: ControlKey): Promise<ControlPictures | null> {
    const path = this.#path(key);
    try {
      const { tensors, metadata } = decodeSafetensors(await readCheckpointFile(path), path);
      const description = DescriptionSchema.parse(JSON.parse(metadata.controls!));
      const { name, fingerprint, labelNames, parts, sources, digests } = description;
      const set = setOfTensor(tensors.get('controls'), description.controls, labelNames);
      const rehearsal = setOfTensor(tensors.get('rehearsal'), description.rehearsal, labelNames);
      const curvature = floatTensor(tensors.get('curvature'));
      return { name, fingerprint, parts, sources, digests, set, rehearsal, curvature };
    } catch {
      return null;
    }
  }

  /** @throws CheckpointError CHECKPOINT_UNWRITABLE */
  async keep(key: ControlKey, controls: ControlPictures): Promise<void> {
    const { set, rehearsal, curvature, ...described } = controls;
    const tensors = new Map<string, SafeTensor>([
      ['controls', pictureTensor(set)],
      ['rehearsal', pictureTensor(rehearsal)],
      ['curvature', { dtype: 'F32', ...curvature }],
    ]);
    const description: z.input<typeof DescriptionSchema> = {
      schema: 'patchwork/controls@1',
      ...described,
      parts: [...described.parts],
      sources: [...described.sources],
      digests: [...described.digests],
      labelNames: [...set.labelNames],
      controls: describeSet(set),
      rehearsal: describeSet(rehearsal),
    };
    const bytes = encodeSafetensors(tensors, { controls: JSON.stringify(description) });
    await writeCheckpointFile(this.#path(key), bytes);
  }

  #path(key: ControlKey): string {
    const { weights, preprocessing, fingerprint, pictures, seed, rehearsal } = key;
    const text = JSON.stringify([weights, preprocessing, fingerprint, pictures, seed, rehearsal]);
    const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
    return join(this.#folder, `${name}.safetensors`);
  }
}

function floatTensor(tensor: SafeTensor | undefined): HostTensor {
  if (tensor?.dtype !== 'F32') throw new TypeError('The curvature is missing.');
  return { shape: tensor.shape, data: tensor.data };
}
