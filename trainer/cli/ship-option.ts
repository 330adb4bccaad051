import type { Command } from 'commander';
import { parseForm } from '../../exporter/format/form-kind.ts';
import { HeapMeter } from '../../exporter/heap/heap-meter.ts';
import { resolveSigner } from '../../exporter/signing/signer.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { loadExportData } from '../control/load-control.ts';
import type { Engine } from '../engine/engine.ts';
import { exportVersion } from '../export/export-version.ts';
import { finishExport } from '../export/finish-export.ts';
import type { LogWriter } from '../fix/log/patch-log.ts';
import { EdgeClient } from '../ship/edge-client.ts';
import { type Shipped, shipLog } from '../ship/ship-log.ts';
import { type KeyOption, type TrustOption, withKeyOption, withTrustOption } from './key-option.ts';
import { type ControlDataOption, positive } from './option.ts';
import {
  type ChannelOption,
  type ModelOption,
  type RegistryOption,
  withChannelOption,
  withModelOption,
  withRegistryOption,
  withStore,
} from './registry-option.ts';

/** As few as every edge can choose from, since somebody waits for each. */
const SHIPPED_FORMS = ['int8:ort', 'fp32:ort'].map(parseForm);

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

/** Ships what a log holds, to where the options say. */
export async function shipWith(
  options: ShipOptions,
  writer: LogWriter,
  network: TrainedNetwork,
  engine: Engine,
): Promise<Shipped> {
  const signer = await resolveSigner(options);
  const { model, channel, registry, edge, wait, dataDir } = options;
  const heapMeter = new HeapMeter();
  try {
    return await withStore(registry, (store) =>
      shipLog({
        writer,
        network,
        destination: { store, model, channel, signer },
        edge: new EdgeClient(edge),
        patience: 1000 * wait,
        exportState: async (patches, parent) => {
          const exported = await exportVersion({
            engine,
            network,
            patches,
            model,
            version: parent + 1,
            parent,
            control: await loadExportData(engine, network, { source: options.data, dir: dataDir }),
            usual: SHIPPED_FORMS,
            heapMeter,
          });
          return finishExport(exported, patches, signer.key);
        },
      }),
    );
  } finally {
    await heapMeter.dispose();
  }
}
