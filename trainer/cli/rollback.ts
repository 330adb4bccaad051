import { Command } from 'commander';
import { REGISTRY_DEFAULTS } from '../../exporter/registry/defaults.ts';
import { openLocalR2Store } from '../../exporter/registry/local-r2-store.ts';
import { rollback } from '../../exporter/registry/rollback.ts';
import { type RegistryOptions, withRegistryOptions } from './registry-option.ts';

interface RollbackOptions extends RegistryOptions {
  readonly model: string;
}

export function rollbackCommand(): Command {
  const command = new Command('rollback')
    .description('Let a channel serve again what it served before.')
    .option('--model <name>', 'name of the model', REGISTRY_DEFAULTS.model);
  return withRegistryOptions(command)
    .addHelpText('after', '\nExample:\n  patchwork rollback')
    .action(run);
}

async function run({ model, channel, registry }: RollbackOptions): Promise<void> {
  const store = await openLocalR2Store({ folder: registry });
  try {
    const { from, to } = await rollback(store, { model, channel });
    console.log(
      `Channel "${channel}" serves version ${to} of ${model} again, after version ${from}.`,
    );
  } finally {
    await store.close();
  }
}
