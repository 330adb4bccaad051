import { createHash } from 'node:crypto';
import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { readCheckpointFile } from '../checkpoint/checkpoint-file.ts';
import type { Origin, TrainedOn } from '../checkpoint/checkpoint-metadata.ts';
import type { Engine } from '../engine/engine.ts';
import type { Architecture } from '../network/architecture.ts';
import { type ComparedLogits, compareLogits } from './compare-logits.ts';
import { ImportError } from './import-error.ts';
import type { ImportedNetwork } from './imported-network.ts';
import { readOnnxModel } from './onnx-model.ts';
import { readOnnxResnet18 } from './onnx-resnet18.ts';
import { readStateDict } from './state-dict.ts';

export interface ImportRequest {
  /** Makes what an ONNX file is compared on; of a state dict, it is not asked. */
  readonly openEngine: (architecture: Architecture) => Promise<Engine>;
  /** A state dict as safetensors, or an ONNX file, by the end of its name. */
  readonly path: string;
  /** What the network was trained on, which the file does not say; asked for its stem's sake. */
  readonly trainedOn: (stem: 'cifar' | 'imagenet', path: string) => TrainedOn;
}

export interface Imported {
  readonly network: TrainedNetwork;
  /** How an ONNX file was compared; null of a state dict, which nothing can run. */
  readonly check: ComparedLogits | null;
}

/**
 * Takes in a ResNet-18 that another program trained: torchvision's `state_dict()` as safetensors, or an
 * ONNX file, which is run to see that it was read right.
 * @throws ImportError; CheckpointError CHECKPOINT_MISSING, CHECKPOINT_UNREADABLE, SAFETENSORS_INVALID,
 *   TENSORS_MISMATCH
 */
export async function importNetwork(request: ImportRequest): Promise<Imported> {
  const { path, openEngine } = request;
  const format = formatOf(path);
  const bytes = await readCheckpointFile(path);
  const model = format === 'onnx' ? await readOnnxModel(bytes, path) : null;
  const imported = model ? readOnnxResnet18(model, path) : readStateDict(bytes, path);
  checkWeights(path, imported);
  const { architecture, weights, size } = imported;
  const dataSet = request.trainedOn(architecture.stem, path);
  const { labelNames, preprocessing } = dataSet;
  if (labelNames.length !== architecture.classes) {
    throw new ImportError(
      'LABELS_MISMATCH',
      `${path}: it tells ${architecture.classes} classes apart, and ${dataSet.name} has ${labelNames.length} labels; give the labels it was trained with, in its order, by --data or --labels.`,
    );
  }
  checkSize(path, size, preprocessing);
  const check =
    model &&
    (await compareLogits(await openEngine(architecture), path, model, imported, preprocessing));
  const origin: Origin = { format, sha256: createHash('sha256').update(bytes).digest('hex') };
  const training = { epoch: 0, step: 0, seed: 0, optionsFingerprint: 'imported', curve: [] };
  return { network: { architecture, weights, training, dataSet, origin }, check };
}

function formatOf(path: string): Origin['format'] {
  const format = /\.(safetensors|onnx)$/i.exec(path)?.[1]?.toLowerCase();
  if (format) return format as Origin['format'];
  throw new ImportError(
    'FORMAT_UNKNOWN',
    `${path}: its name ends in neither .safetensors nor .onnx. In Python, safetensors.torch.save_file(network.state_dict(), "network.safetensors") writes what is taken.`,
  );
}

function checkWeights(path: string, { weights }: ImportedNetwork): void {
  for (const [name, { data }] of weights) {
    const least = name.endsWith('.running_var') ? 0 : Number.NEGATIVE_INFINITY;
    const at = data.findIndex((value) => !Number.isFinite(value) || value < least);
    if (at < 0) continue;
    throw new ImportError(
      'WEIGHTS_INVALID',
      `${path}: element ${at} of ${name} is ${data[at]}; the training that made it failed, or the file is damaged.`,
    );
  }
}

function checkSize(
  path: string,
  size: ImportedNetwork['size'],
  { height, width }: Preprocessing,
): void {
  if (size === null || (size[0] === height && size[1] === width)) return;
  throw new ImportError(
    'PREPROCESSING_MISMATCH',
    `${path}: it takes pictures of ${size.join(' x ')}, and they would be brought to ${height} x ${width}; give --size ${size[0]}, or the data that it was trained on.`,
  );
}
