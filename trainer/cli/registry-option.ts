import type { Command } from 'commander';
import { REGISTRY_DEFAULTS } from '../../exporter/registry/defaults.ts';

export interface RegistryOptions {
  readonly channel: string;
  readonly registry: string;
}

export function withRegistryOptions(command: Command): Command {
  return command
    .option('--channel <name>', 'the channel', REGISTRY_DEFAULTS.channel)
    .option(
      '--registry <folder>',
      "the local bucket, as in wrangler dev's --persist-to",
      REGISTRY_DEFAULTS.folder,
    );
}
