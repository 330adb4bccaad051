import { Command } from 'commander';
import { loadNetwork } from '../checkpoint/checkpoint.ts';
import { withLog } from '../fix/log/log-writer.ts';
import { describeShipped } from '../ship/describe-shipped.ts';
import { ShipError } from '../ship/ship-error.ts';
import { type EngineOption, engineFor, withEngineOptions } from './engine-option.ts';
import { LOG_PATIENCE, type LogOption, withLogOption } from './fix-option.ts';
import { withControlDataOptions } from './option.ts';
import { withStore } from './registry-option.ts';
import { type ShipOptions, shipWith, withShipOptions } from './ship-option.ts';

interface ShipCommandOptions extends ShipOptions, LogOption, EngineOption {
  readonly checkpoint?: string;
}

export function shipCommand(): Command {
  const command = new Command('ship').description(
    'Publish the log as it is, and see that the edge answers right; finishes what was cut short.',
  );
  withShipOptions(withControlDataOptions(withLogOption(command))).option(
    '--checkpoint <file>',
    'the network before any fix (default: as logged)',
  );
  return withEngineOptions(command)
    .addHelpText('after', '\nExample:\n  patchwork ship')
    .action(run);
}

async function run(options: ShipCommandOptions): Promise<void> {
  await withLog(options.log, LOG_PATIENCE, async (writer) => {
    const checkpoint = options.checkpoint ?? writer.log.state?.base.checkpoint;
    if (checkpoint === undefined || writer.log.state === null) {
      throw new ShipError('NOTHING_TO_SHIP', `${options.log} holds no log; make a fix first.`);
    }
    const network = await loadNetwork(checkpoint);
    const engine = await engineFor(options, network.architecture);
    const shipped = await withStore(options.registry, (store) =>
      shipWith(options, { writer, network, engine, store }),
    );
    for (const line of describeShipped(shipped, null, performance.now() / 1000)) console.log(line);
  });
}
