import type { Architecture } from '../network/architecture.ts';
import type { Weights } from '../network/weights.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { readCheckpointFile, writeCheckpointFile } from './checkpoint-file.ts';
import {
  type CheckpointMetadata,
  metadataFromStrings,
  metadataToStrings,
} from './checkpoint-metadata.ts';
import {
  coefficientsOf,
  EDITOR,
  type Moments,
  momentsOf,
  OPTIMIZER,
  toTensors,
  weightsOf,
} from './checkpoint-tensors.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

/** A network with its weights, enough to patch and to export. */
export interface TrainedNetwork extends CheckpointMetadata {
  readonly weights: Weights;
}

/** A network in training: everything that going on needs. */
export interface Checkpoint extends TrainedNetwork {
  /** Of all that is learned, the coefficients among it. */
  readonly moments: Moments;
  /**
   * The editor's coefficients where they are learned, as the optimizer moves them (see
   * `rawCoefficients`): scalars named `editor.<coefficient>`.
   */
  readonly coefficients: Weights;
}

export interface SaveOptions {
  /** Stores weights in half precision, rounded; see `roundToHalf` for the network that is then read. */
  readonly half?: boolean;
}

export interface LoadOptions {
  /** The network that the caller goes on with; another one is refused. */
  readonly expect?: Architecture;
}

/**
 * Writes a checkpoint, or a network without optimizer state, as safetensors. A process that is killed
 * meanwhile leaves the file that was there. The same state gives the same bytes.
 * @throws CheckpointError TENSORS_MISMATCH, before anything is written, or CHECKPOINT_UNWRITABLE
 */
export async function saveCheckpoint(
  path: string,
  checkpoint: TrainedNetwork & Partial<Checkpoint>,
  { half = false }: SaveOptions = {},
): Promise<void> {
  const { architecture, weights, moments = null, coefficients = new Map(), training } = checkpoint;
  const content = { weights, coefficients, moments };
  const tensors = toTensors(path, architecture, content, training.step, half);
  await writeCheckpointFile(path, encodeSafetensors(tensors, metadataToStrings(checkpoint)));
}

/**
 * Reads a checkpoint to go on training from.
 * @throws CheckpointError with any code but CHECKPOINT_UNWRITABLE
 */
export async function loadCheckpoint(path: string, options: LoadOptions = {}): Promise<Checkpoint> {
  const { tensors, metadata } = decodeSafetensors(await readCheckpointFile(path), path);
  const described = describe(metadata, path, options);
  const { architecture } = described;
  const weights = weightsOf(path, architecture, tensors);
  const coefficients = coefficientsOf(path, architecture, tensors);
  const moments = momentsOf(path, architecture, tensors, [...coefficients.keys()]);
  return { ...described, weights, coefficients, moments };
}

/**
 * Reads a network without its optimizer state, whether or not the file holds one. Weights stored as F16
 * are widened.
 * @throws CheckpointError with any code but CHECKPOINT_UNWRITABLE
 */
export async function loadNetwork(
  path: string,
  options: LoadOptions = {},
): Promise<TrainedNetwork> {
  const isWeight = (name: string): boolean =>
    !name.startsWith(OPTIMIZER) && !name.startsWith(EDITOR);
  const { tensors, metadata } = decodeSafetensors(await readCheckpointFile(path), path, isWeight);
  const described = describe(metadata, path, options);
  return { ...described, weights: weightsOf(path, described.architecture, tensors) };
}

function describe(
  strings: Readonly<Record<string, string>>,
  path: string,
  { expect }: LoadOptions,
): CheckpointMetadata {
  const metadata = metadataFromStrings(strings, path);
  if (expect) checkArchitecture(path, metadata.architecture, expect);
  return metadata;
}

/** @throws CheckpointError ARCHITECTURE_MISMATCH where a checkpoint holds another network than is wanted */
export function checkArchitecture(path: string, found: Architecture, wanted: Architecture): void {
  const differences = (['name', 'stem', 'width', 'classes', 'extraBlock'] as const)
    .filter((field) => wanted[field] !== found[field])
    .map((field) => `${field} ${found[field] ?? false}, this run wants ${wanted[field] ?? false}`);
  if (differences.length === 0) return;
  throw new CheckpointError(
    'ARCHITECTURE_MISMATCH',
    `${path}: the checkpoint has ${differences.join('; ')}. Ask for the same network, or name another checkpoint.`,
  );
}
