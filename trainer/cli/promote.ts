import { Command } from 'commander';
import { promote } from '../../exporter/registry/promote.ts';
import { resolveSigner } from '../../exporter/signing/signer.ts';
import { describeEndedTrial } from '../export/describe-rollout.ts';
import { type KeyOption, type TrustOption, withKeyOption, withTrustOption } from './key-option.ts';
import { wholeNumber } from './option.ts';
import {
  type ChannelOption,
  type ModelOption,
  type RegistryOption,
  withChannelOption,
  withModelOption,
  withRegistryOption,
  withStore,
} from './registry-option.ts';

interface PromoteOptions
  extends ModelOption,
    ChannelOption,
    RegistryOption,
    KeyOption,
    TrustOption {}

export function promoteCommand(): Command {
  const command = new Command('promote')
    .description('Let a channel serve a version that is published already.')
    .argument('<version>', 'its number', wholeNumber(1));
  withModelOption(command);
  withChannelOption(command);
  withRegistryOption(command);
  withKeyOption(command);
  return withTrustOption(command)
    .addHelpText('after', '\nExample:\n  patchwork promote 2 --channel live')
    .action(run);
}

async function run(version: number, options: PromoteOptions): Promise<void> {
  const { model, channel, registry } = options;
  const signer = await resolveSigner(options);
  await withStore(registry, async (store) => {
    const { previous, endedTrial } = await promote(store, { model, channel, version, signer });
    const before = previous === null ? 'nothing' : `version ${previous}`;
    console.log(`Channel "${channel}" serves version ${version} of ${model}, before ${before}.`);
    for (const line of describeEndedTrial(endedTrial)) console.log(line);
  });
}
