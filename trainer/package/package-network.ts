import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { writeArtifact } from '../../exporter/artifact/artifact-folder.ts';
import type { FormKind } from '../../exporter/format/form-kind.ts';
import { saveCheckpoint, type TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { roundToHalf } from '../checkpoint/half-precision.ts';
import { saveControlActivations } from '../control/activations-file.ts';
import { computeControlActivations } from '../control/compute-activations.ts';
import type { DataSet } from '../data/data-set.ts';
import { defaultSettings } from '../editor/default-settings.ts';
import { firstStage } from '../editor/first-stage.ts';
import type { Engine } from '../engine/engine.ts';
import { Classifier } from '../evaluation/classifier.ts';
import { errorRate } from '../evaluation/damage.ts';
import { topClasses } from '../evaluation/top-class.ts';
import { exportFinished } from '../export/export-finished.ts';
import type { ExportedVersion } from '../export/export-version.ts';
import { weightsDigest } from '../network/weights.ts';
import { packageCard } from './package-card.ts';
import { PackageError } from './package-error.ts';
import { packageFiles } from './package-files.ts';

/** Bytes that control activations may take; with their metadata, the file stays below 20 MB. */
const CONTROL_BYTES = 19_800_000;

/** The smallest form that every edge can run, whose graph versions with fixes of the head have as well. */
const FORMS: readonly FormKind[] = [{ precision: 'int8', storage: 'delta' }];

export interface PackageRequest {
  readonly engine: Engine;
  readonly network: TrainedNetwork;
  /** The data set that the network was trained on. */
  readonly data: DataSet;
  /** Of the exported model. */
  readonly model: string;
  /** Clean control pictures at most. */
  readonly pictures: number;
  readonly seed: number;
  /** A folder that is not there yet, or empty. */
  readonly folder: string;
  /** As for `exportFinished`. */
  readonly cacheFolder: string;
}

/**
 * Writes a network as a folder that can be given away without its data set: its weights in half precision,
 * control activations to measure edits on, version 1 as an int8 artifact, and a model card. All of it is of
 * the rounded weights.
 * @returns how the artifact was checked
 * @throws PackageError FOLDER_TAKEN, DATA_FOREIGN; ControlError STAGE_INVALID; as exportVersion does
 */
export async function packageNetwork(request: PackageRequest): Promise<ExportedVersion> {
  const { engine, data, folder, model, pictures, seed, cacheFolder } = request;
  await checkRequest(request);
  const network = { ...request.network, weights: roundToHalf(request.network.weights) };
  const accuracy = await accuracyOf(engine, network, data);
  const control = await computeControlActivations({
    engine,
    network,
    data,
    stage: firstStage(defaultSettings(network.editing).stages),
    bytes: CONTROL_BYTES,
    pictures,
    seed,
  });
  const exported = await exportFinished({
    engine,
    network,
    patches: [],
    model,
    version: 1,
    parent: null,
    control: data,
    forms: FORMS,
    controlPictures: pictures,
    key: null,
    cacheFolder,
  });
  const files = packageFiles(folder);
  await mkdir(folder, { recursive: true });
  await saveCheckpoint(files.checkpoint, network, { half: true });
  await saveControlActivations(files.control, control);
  await writeArtifact(files.artifact, exported.artifact);
  const { manifest } = exported.artifact;
  const digest = weightsDigest(network.weights);
  await writeFile(files.card, packageCard({ network, digest, accuracy, control, manifest, seed }));
  return exported;
}

async function checkRequest({ folder, network, data }: PackageRequest): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (found.length > 0) {
    throw new PackageError(
      'FOLDER_TAKEN',
      `${folder} holds ${found[0]} already; remove it, or give another folder. Nothing was written.`,
    );
  }
  const { name, fingerprint } = network.dataSet;
  if (data.fingerprint() === fingerprint) return;
  throw new PackageError(
    'DATA_FOREIGN',
    `The network was trained on ${name} ${fingerprint.slice(0, 12)}, and this is ${data.name} ${data.fingerprint().slice(0, 12)}; package it with its own data set.`,
  );
}

async function accuracyOf(
  engine: Engine,
  { architecture, weights }: TrainedNetwork,
  { test, preprocessing }: DataSet,
): Promise<number> {
  const classifier = new Classifier(engine, architecture);
  try {
    const logits = await classifier.logitsOfSet(weights, test, preprocessing);
    return 1 - errorRate(test, topClasses(logits, architecture.classes));
  } finally {
    await classifier.dispose();
  }
}
