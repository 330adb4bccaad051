import { Command, Option } from 'commander';
import { cardMarkdown } from '../../exporter/contract/card-markdown.ts';
import { RegistryError } from '../../exporter/registry/registry-error.ts';
import { type ShownVersion, showVersion } from '../../exporter/registry/show.ts';
import { resolveSigner } from '../../exporter/signing/signer.ts';
import { type TrustOption, withTrustOption } from './key-option.ts';
import { wholeNumber } from './option.ts';
import {
  type ModelOption,
  type RegistryOption,
  withModelOption,
  withRegistryOption,
  withStore,
} from './registry-option.ts';

interface ShowOptions extends ModelOption, RegistryOption, TrustOption {
  readonly card: boolean;
  readonly json: boolean;
}

export function showCommand(): Command {
  const command = new Command('show')
    .description('Say what a published version is, or print its model card.')
    .argument('<version>', 'its number', wholeNumber(1))
    .addOption(new Option('--card', 'print its model card as Markdown').default(false))
    .addOption(
      new Option('--json', 'print its manifest and its model card as JSON')
        .default(false)
        .conflicts('card'),
    );
  withModelOption(command);
  withRegistryOption(command);
  return withTrustOption(command)
    .addHelpText('after', '\nExample:\n  patchwork show 2 --card')
    .action(run);
}

async function run(version: number, options: ShowOptions): Promise<void> {
  const { model, registry, card, json } = options;
  const { trusted } = await resolveSigner({ trust: options.trust });
  const shown = await withStore(registry, (store) => showVersion(store, model, version, trusted));
  if (json) console.log(JSON.stringify({ manifest: shown.manifest, card: shown.card }, null, 2));
  else if (card) console.log(markdown(shown));
  else for (const line of describe(shown)) console.log(line);
}

function markdown({ card, manifest: { model, version } }: ShownVersion): string {
  if (card) return cardMarkdown(card).trimEnd();
  throw new RegistryError(
    'CARD_MISSING',
    `Version ${version} of ${model} was published without a model card.`,
  );
}

function describe({ manifest, manifestSha256, channels, ancestors, card }: ShownVersion): string[] {
  const { model, version, fixes, forms, signature } = manifest;
  const served = channels.length > 0 ? `served by ${channels.join(', ')}` : 'served by no channel';
  return [
    `Version ${version} of ${model}, ${served}.`,
    `Manifest ${manifestSha256}, ${signature ? `signed by ${signature.keyId}` : 'not signed'}.`,
    ancestors.length > 0
      ? `Derives from version ${ancestors.join(', ')}.`
      : 'Derives from no other.',
    ...fixes.map(
      ({ id, label, drawdown, negativeFlips, controlPictures }) =>
        `Fix ${id} to "${label}": drawdown ${(100 * drawdown).toFixed(3)} pp, ${negativeFlips} newly wrong of ${controlPictures}.`,
    ),
    ...forms.map(
      ({ precision, storage, graph, weights }) =>
        `Form ${precision} ${storage}: ${((graph.bytes + (weights?.bytes ?? 0)) / 1e6).toFixed(2)} MB, ${graph.nodes} nodes.`,
    ),
    card ? 'Its model card: --card.' : 'No model card.',
  ];
}
