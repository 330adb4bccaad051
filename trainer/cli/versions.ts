import { Command } from 'commander';
import { REGISTRY_DEFAULTS } from '../../exporter/registry/defaults.ts';
import { type ListedVersion, listRegistry } from '../../exporter/registry/list.ts';
import { openLocalR2Store } from '../../exporter/registry/local-r2-store.ts';

interface VersionsOptions {
  readonly model: string;
  readonly registry: string;
}

export function versionsCommand(): Command {
  return new Command('versions')
    .description('List the published versions of a model and the channels that serve them.')
    .option('--model <name>', 'name of the model', REGISTRY_DEFAULTS.model)
    .option(
      '--registry <folder>',
      "the local bucket, as in wrangler dev's --persist-to",
      REGISTRY_DEFAULTS.folder,
    )
    .addHelpText('after', '\nExample:\n  patchwork versions')
    .action(run);
}

async function run({ model, registry }: VersionsOptions): Promise<void> {
  const store = await openLocalR2Store({ folder: registry });
  try {
    const { versions } = await listRegistry(store, model);
    if (versions.length === 0) console.log(`No version of ${model} is published.`);
    for (const version of versions) console.log(describe(version));
  } finally {
    await store.close();
  }
}

function describe({ version, manifest, problem, channels }: ListedVersion): string {
  const serving = channels.length > 0 ? `, served by ${channels.join(', ')}` : '';
  if (!manifest) return `${version}${serving}: ${problem}`;
  const { fixes, parent, forms } = manifest;
  const last = fixes.at(-1);
  const origin = last ? `patch ${last.id} of version ${parent} to "${last.label}"` : 'trained';
  const sizes = forms.map(
    ({ precision, graph, weights }) =>
      `${precision} ${((graph.bytes + (weights?.bytes ?? 0)) / 1e6).toFixed(2)} MB`,
  );
  return `${version}${serving}: ${origin}, ${sizes.join(', ')}`;
}
