import { Command } from 'commander';
import { type ListedVersion, listRegistry } from '../../exporter/registry/list.ts';
import { describeTrials } from '../export/describe-rollout.ts';
import {
  type ModelOption,
  type RegistryOption,
  withModelOption,
  withRegistryOption,
  withStore,
} from './registry-option.ts';

export function listCommand(): Command {
  const command = new Command('list').description(
    'List the published versions of a model and the channels that serve or try them.',
  );
  withModelOption(command);
  return withRegistryOption(command)
    .addHelpText('after', '\nExample:\n  patchwork list')
    .action(run);
}

async function run({ model, registry }: ModelOption & RegistryOption): Promise<void> {
  const { versions, channels } = await withStore(registry, (store) => listRegistry(store, model));
  if (versions.length === 0) console.log(`No version of ${model} is published.`);
  for (const version of versions) console.log(describe(version));
  for (const { name, problem } of channels) {
    if (problem !== null) console.log(`channel ${name}: ${problem}`);
  }
}

function describe({ version, manifest, problem, channels, trials }: ListedVersion): string {
  const serving = channels.length > 0 ? `, served by ${channels.join(', ')}` : '';
  const tried = describeTrials(trials);
  if (!manifest) return `${version}${serving}${tried}: ${problem}`;
  const { fixes, parent, forms } = manifest;
  const last = fixes.at(-1);
  const origin = last ? `patch ${last.id} of version ${parent} to "${last.label}"` : 'trained';
  const sizes = forms.map(
    ({ precision, graph, weights }) =>
      `${precision} ${((graph.bytes + (weights?.bytes ?? 0)) / 1e6).toFixed(2)} MB`,
  );
  return `${version}${serving}${tried}: ${origin}, ${sizes.join(', ')}`;
}
