import { Command } from 'commander';
import { rollback } from '../../exporter/registry/rollback.ts';
import { resolveSigner } from '../../exporter/signing/signer.ts';
import { describeEndedTrial } from '../export/describe-rollout.ts';
import { type KeyOption, type TrustOption, withKeyOption, withTrustOption } from './key-option.ts';
import {
  type ChannelOption,
  type ModelOption,
  type RegistryOption,
  withChannelOption,
  withModelOption,
  withRegistryOption,
  withStore,
} from './registry-option.ts';

interface RollbackOptions
  extends ModelOption,
    ChannelOption,
    RegistryOption,
    KeyOption,
    TrustOption {}

export function rollbackCommand(): Command {
  const command = new Command('rollback').description(
    'Let a channel serve again what it served before.',
  );
  withModelOption(command);
  withChannelOption(command);
  withRegistryOption(command);
  withKeyOption(command);
  return withTrustOption(command)
    .addHelpText('after', '\nExample:\n  patchwork rollback')
    .action(run);
}

async function run(options: RollbackOptions): Promise<void> {
  const { model, channel, registry } = options;
  const signer = await resolveSigner(options);
  await withStore(registry, async (store) => {
    const { from, to, endedTrial } = await rollback(store, { model, channel, signer });
    console.log(
      `Channel "${channel}" serves version ${to} of ${model} again, after version ${from}.`,
    );
    for (const line of describeEndedTrial(endedTrial)) console.log(line);
  });
}
