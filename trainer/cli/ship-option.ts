import type { Command } from 'commander';
import type { ObjectStore } from '../../exporter/registry/object-store.ts';
import { resolveSigner } from '../../exporter/signing/signer.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { loadExportData } from '../control/load-control.ts';
import type { DataSet } from '../data/data-set.ts';
import type { Engine } from '../engine/engine.ts';
import { exportFinished } from '../export/export-finished.ts';
import { keptExportData } from '../export/kept-export-data.ts';
import { CHILD_EFFORT, quickForms } from '../export/quick-export.ts';
import type { ControlBench } from '../fix/control/control-bench.ts';
import { knownAnswers } from '../fix/control/known-answers.ts';
import type { LogWriter } from '../fix/log/log-writer.ts';
import { writeIndex } from '../fix/report/write-report.ts';
import { EdgeClient } from '../ship/edge-client.ts';
import { type Shipped, shipLog } from '../ship/ship-log.ts';
import { type KeyOption, type TrustOption, withKeyOption, withTrustOption } from './key-option.ts';
import { type ControlDataOption, positive } from './option.ts';
import { publicationProgress } from './publication-progress.ts';
import {
  type ChannelOption,
  type ModelOption,
  type RegistryOption,
  withChannelOption,
  withModelOption,
  withRegistryOption,
} from './registry-option.ts';
import { WORKSPACE } from './workspace.ts';

/** Where fixes are shipped to, as options of a command. */
export interface ShipOptions
  extends ModelOption,
    ChannelOption,
    RegistryOption,
    KeyOption,
    TrustOption,
    ControlDataOption {
  readonly edge: string;
  readonly wait: number;
}

export function withShipOptions(command: Command): Command {
  withModelOption(command);
  withChannelOption(command);
  withRegistryOption(command);
  withKeyOption(command);
  return withTrustOption(command)
    .option('--edge <address>', 'the edge that must answer right', 'http://localhost:8787')
    .option('--wait <seconds>', 'how long it may take to answer by a new version', positive, 60);
}

/** What is shipped, with what. */
export interface Shipment {
  readonly writer: LogWriter;
  /** Before any fix. */
  readonly network: TrainedNetwork;
  readonly engine: Engine;
  readonly store: ObjectStore;
  /** What the fixes were measured on, where that was in this process. */
  readonly bench?: ControlBench;
}

/** Ships what a log holds, to where the options say, and notes on the index of its reports what became of it. */
export async function shipWith(
  options: ShipOptions,
  { writer, network, engine, store, bench }: Shipment,
): Promise<Shipped> {
  const signer = await resolveSigner(options);
  const { model, channel, edge, wait } = options;
  const { observe, end } = publicationProgress();
  const shipping = shipLog({
    writer,
    network,
    destination: { store, model, channel, signer, observe },
    edge: new EdgeClient(edge),
    patience: 1000 * wait,
    exportState: async ({ patches, parent, fresh }) =>
      exportFinished({
        engine,
        network,
        patches,
        model,
        version: parent + 1,
        parent,
        fresh,
        control: await exportData(options, engine, network),
        usual: quickForms(patches),
        effort: CHILD_EFFORT,
        known: bench && (await knownAnswers(bench, await writer.log.apply(network.weights))),
        key: signer.key,
        cacheFolder: WORKSPACE.cache,
      }),
  });
  try {
    return await shipping;
  } finally {
    end();
    await writeIndex(writer.log);
  }
}

/** Pictures of one's own are read anew, since a folder is known by its content alone. */
function exportData(
  { data: source, dataDir: dir }: ShipOptions,
  engine: Engine,
  network: TrainedNetwork,
): Promise<DataSet> {
  const load = () => loadExportData(engine, network, { source, dir });
  if (source !== undefined) return load();
  const { fingerprint, preprocessing } = network.dataSet;
  return keptExportData({ load, fingerprint, preprocessing, cacheFolder: WORKSPACE.cache });
}
