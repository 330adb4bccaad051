import type { Artifact } from '../../exporter/artifact/artifact.ts';
import { readArtifact } from '../../exporter/artifact/artifact-folder.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { loadControlActivations } from '../control/activations-file.ts';
import type { Control } from '../control/control-meter.ts';
import { selfLabelledData } from '../control/self-labelled-data.ts';
import type { DataSet } from '../data/data-set.ts';
import { drawVehicles } from '../data/drawn/drawn.ts';
import { loadDataOf } from '../data/load.ts';
import type { PictureSet } from '../data/picture-set.ts';
import type { Engine } from '../engine/engine.ts';
import { packageFiles } from '../package/package-files.ts';

/** A network to fix, and what that takes. */
export interface DemoSubject {
  readonly network: TrainedNetwork;
  /** Labelled pictures among which a mistake is looked for. */
  readonly pictures: PictureSet;
  /** What damage is measured on. */
  readonly control: Control;
  /** What conversions are checked on and calibrated with. */
  readonly exportData: DataSet;
  /** How many of them are enough. */
  readonly exportPictures: number;
  /** The network as version 1, where it is exported already. */
  readonly firstVersion: Artifact | null;
}

export type SubjectOpener = (engine: Engine, network: TrainedNetwork) => Promise<DemoSubject>;

/** Few, so that nobody waits long: the edit was measured on all of them before. */
const EXPORT_PICTURES = 64;

/** Drawn pictures that are looked through. */
const DRAWN = 192;

/** A network whose data set is at hand: the mistake is one of its test pictures. */
export async function openTrained(network: TrainedNetwork): Promise<DemoSubject> {
  const data = await loadDataOf(network.dataSet, {});
  return {
    network,
    pictures: data.test,
    control: data,
    exportData: data,
    exportPictures: EXPORT_PICTURES,
    firstVersion: null,
  };
}

/** A packaged network of CIFAR-10's classes: the mistake is a drawn picture, since none of its data is here. */
export async function openPackaged(
  engine: Engine,
  network: TrainedNetwork,
  folder: string,
): Promise<DemoSubject> {
  const files = packageFiles(folder);
  const exportData = await selfLabelledData(engine, network);
  return {
    network,
    pictures: drawVehicles(network.dataSet.labelNames, DRAWN),
    control: await loadControlActivations(files.control),
    exportData,
    exportPictures: exportData.test.count,
    firstVersion: await readArtifact(files.artifact),
  };
}
