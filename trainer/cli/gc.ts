import { Command } from 'commander';
import { findPartialFolders, removeFolders } from '../../exporter/artifact/partial-folders.ts';
import { collectGarbage } from '../../exporter/registry/collect-garbage.ts';
import { GRACE_MS } from '../../exporter/registry/grace.ts';
import { type RegistryOption, withRegistryOption, withStore } from './registry-option.ts';
import { WORKSPACE } from './workspace.ts';

interface GcOptions extends RegistryOption {
  readonly dryRun: boolean;
}

export function gcCommand(): Command {
  const command = new Command('gc')
    .description('Remove what no version needs and what broke off, where it is older than a day.')
    .option('--dry-run', 'only say what would go', false);
  return withRegistryOption(command)
    .addHelpText('after', '\nExample:\n  patchwork gc --dry-run')
    .action(run);
}

async function run({ registry, dryRun }: GcOptions): Promise<void> {
  const before = new Date(Date.now() - GRACE_MS);
  const { objects, uploads } = await withStore(registry, (store) =>
    collectGarbage(store, { before, dryRun }),
  );
  const folders = await findPartialFolders(WORKSPACE.artifacts, before);
  if (!dryRun) await removeFolders(folders);
  for (const { key } of objects) console.log(key);
  for (const { key, id } of uploads ?? []) console.log(`${key}, upload ${id}`);
  for (const folder of folders) console.log(folder);
  const megabytes = objects.reduce((total, { bytes }) => total + bytes, 0) / 1e6;
  const broken = uploads === null ? 'uploads unknown to this store' : `${uploads.length} uploads`;
  console.log(
    `${dryRun ? 'Would remove' : 'Removed'} ${objects.length} objects (${megabytes.toFixed(2)} MB), ${broken}, ${folders.length} folders.`,
  );
}
