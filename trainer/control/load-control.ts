import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { DataSet } from '../data/data-set.ts';
import { loadDataOf } from '../data/load.ts';
import type { Engine } from '../engine/engine.ts';
import { loadControlActivations } from './activations-file.ts';
import type { Control } from './control-meter.ts';
import { selfLabelledData } from './self-labelled-data.ts';

/** What a network is measured on, where it is not the data set that it was trained on. */
export type ControlSource = { readonly folder: string } | { readonly activations: string };

interface ControlPlace {
  readonly source?: ControlSource | undefined;
  /** Where the files of the network's own data set are. */
  readonly dir?: string | undefined;
}

/**
 * Loads what damage is measured on.
 * @throws DataError, ControlError ACTIVATIONS_INVALID, CheckpointError
 */
export async function loadControl(
  network: TrainedNetwork,
  { source, dir }: ControlPlace,
): Promise<Control> {
  if (source && 'activations' in source) return loadControlActivations(source.activations);
  return loadDataOf(network.dataSet, { folder: source?.folder, dir });
}

/**
 * Loads the pictures that conversions are checked on and calibrated with. Control activations hold none:
 * generated pictures with the network's own answers stand in for them.
 * @throws DataError
 */
export async function loadExportData(
  engine: Engine,
  network: TrainedNetwork,
  { source, dir }: ControlPlace,
): Promise<DataSet> {
  if (source && 'activations' in source) return selfLabelledData(engine, network);
  return loadDataOf(network.dataSet, { folder: source?.folder, dir });
}
