import { Command, Option } from 'commander';
import { showVersion } from '../../exporter/registry/show.ts';
import { resolveSigner } from '../../exporter/signing/signer.ts';
import { describeVersion, versionMarkdown } from '../export/describe-version.ts';
import { describeEntry } from '../fix/describe-entry.ts';
import { PatchLog } from '../fix/log/patch-log.ts';
import { type LogOption, withLogOption } from './fix-option.ts';
import { type TrustOption, withTrustOption } from './key-option.ts';
import {
  type ModelOption,
  type RegistryOption,
  withModelOption,
  withRegistryOption,
  withStore,
} from './registry-option.ts';

interface ShowOptions extends LogOption, ModelOption, RegistryOption, TrustOption {
  readonly card: boolean;
  readonly json: boolean;
}

/** Versions have at most nine digits; the ids of fixes have twelve. */
const VERSION = /^[1-9]\d{0,8}$/;

export function showCommand(): Command {
  const command = new Command('show')
    .description('Say what a published version is, or a fix of the log.')
    .argument('<version or fix>', "a version's number, or a fix's id or how it begins")
    .addOption(new Option('--card', "print a version's model card as Markdown").default(false))
    .addOption(
      new Option('--json', "print a version's manifest and model card as JSON")
        .default(false)
        .conflicts('card'),
    );
  withModelOption(command);
  withRegistryOption(command);
  withLogOption(command);
  return withTrustOption(command)
    .addHelpText('after', '\nExample:\n  patchwork show 2 --card\n  patchwork show 0123456789ab')
    .action(run);
}

async function run(what: string, options: ShowOptions): Promise<void> {
  if (VERSION.test(what)) await printVersion(Number(what), options);
  else await printFix(what, options);
}

async function printVersion(version: number, options: ShowOptions): Promise<void> {
  const { model, registry, card, json } = options;
  const { trusted } = await resolveSigner({ trust: options.trust });
  const shown = await withStore(registry, (store) => showVersion(store, model, version, trusted));
  if (json) console.log(JSON.stringify({ manifest: shown.manifest, card: shown.card }, null, 2));
  else if (card) console.log(versionMarkdown(shown));
  else for (const line of describeVersion(shown)) console.log(line);
}

async function printFix(id: string, { log: folder }: LogOption): Promise<void> {
  for (const line of await describeEntry(await PatchLog.read(folder), id)) console.log(line);
}
