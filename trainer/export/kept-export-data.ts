import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import { readCheckpointFile, writeCheckpointFile } from '../checkpoint/checkpoint-file.ts';
import { decodeSafetensors, encodeSafetensors } from '../checkpoint/safetensors.ts';
import type { DataSet } from '../data/data-set.ts';
import {
  DescribedSetSchema,
  describeSet,
  pictureTensor,
  setOfTensor,
} from '../data/picture-tensor.ts';
import { drawPictures, SEED } from './draw-pictures.ts';
import { CONTROL_PICTURES } from './export-version.ts';
import { CALIBRATION_PICTURES } from './form-calibration.ts';

const DescriptionSchema = z.strictObject({
  schema: z.literal('patchwork/export-data@1'),
  name: z.string(),
  labelNames: z.array(z.string()),
  train: DescribedSetSchema,
  test: DescribedSetSchema,
});

export interface KeptExportDataOptions {
  /** Loads the data set; asked only where nothing is kept. */
  readonly load: () => Promise<DataSet>;
  /** Of the data set that is loaded. */
  readonly fingerprint: string;
  readonly preprocessing: Preprocessing;
  readonly cacheFolder: string;
}

/**
 * The pictures of a data set that an export looks at unless it is told otherwise, without the others: it
 * makes of them what it makes of all. They are kept in a file, so that a later process needs no data set.
 * @throws DataError; CheckpointError CHECKPOINT_UNWRITABLE
 */
export async function keptExportData(options: KeptExportDataOptions): Promise<DataSet> {
  const { load, fingerprint, preprocessing, cacheFolder } = options;
  const key = JSON.stringify([fingerprint, CONTROL_PICTURES, CALIBRATION_PICTURES, SEED]);
  const name = createHash('sha256').update(key).digest('hex').slice(0, 32);
  const path = join(cacheFolder, 'exports', `${name}.safetensors`);
  const kept = await find(path);
  if (kept) return { ...kept, preprocessing, fingerprint: () => fingerprint };
  const data = await load();
  const drawn = {
    name: data.name,
    train: drawPictures(data.train, CALIBRATION_PICTURES),
    test: drawPictures(data.test, CONTROL_PICTURES),
  };
  await keep(path, drawn);
  return { ...drawn, preprocessing, fingerprint: () => fingerprint };
}

type DrawnData = Pick<DataSet, 'name' | 'train' | 'test'>;

/** Null where nothing was kept, or where it cannot be read. */
async function find(path: string): Promise<DrawnData | null> {
  try {
    const { tensors, metadata } = decodeSafetensors(await readCheckpointFile(path), path);
    const { name, labelNames, ...sets } = DescriptionSchema.parse(JSON.parse(metadata.pictures!));
    const train = setOfTensor(tensors.get('train'), sets.train, labelNames);
    return { name, train, test: setOfTensor(tensors.get('test'), sets.test, labelNames) };
  } catch {
    return null;
  }
}

async function keep(path: string, { name, train, test }: DrawnData): Promise<void> {
  const tensors = new Map([
    ['train', pictureTensor(train)],
    ['test', pictureTensor(test)],
  ]);
  const description: z.input<typeof DescriptionSchema> = {
    schema: 'patchwork/export-data@1',
    name,
    labelNames: [...test.labelNames],
    train: describeSet(train),
    test: describeSet(test),
  };
  const pictures = JSON.stringify(description);
  await writeCheckpointFile(path, encodeSafetensors(tensors, { pictures }));
}
